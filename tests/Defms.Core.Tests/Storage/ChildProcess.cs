using System.Diagnostics;

namespace Defms.Core.Tests.Storage;

/// <summary>
/// This test program once more, running one of the explicit tests of <see cref="StoreChildTests"/>. What the child has to say are lines that
/// begin with <see cref="Mark"/>; the test runner prints others around them.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    public const string Mark = "child: ";

    private readonly Process process;

    /// <param name="test">The method in <see cref="StoreChildTests"/>.</param>
    /// <param name="path">What the child finds in <see cref="StoreChildTests.PathVariable"/>.</param>
    /// <param name="fileBlocks">How large a file the child may write, in blocks of 512 octets; writing more fails as on a broken disk.</param>
    /// <param name="host">The class of the method, where it is another.</param>
    public ChildProcess(string test, string path, int? fileBlocks = null, Type? host = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Defms.Core.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        string[] arguments = ["-explicit", "only", "-method", $"{(host ?? typeof(StoreChildTests)).FullName}.{test}", "-noLogo", "-noColor"];
        ProcessStartInfo start = fileBlocks is { } blocks
            ? new("sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"", program, .. arguments])
            : new(program, arguments);
        start.RedirectStandardOutput = true;
        start.Environment[StoreChildTests.PathVariable] = path;

        // The runtime's double mapping of code needs a large file in memory, which the limit would forbid.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        process = Process.Start(start)!;
    }

    /// <summary>The next thing that the child says; null when it has ended.</summary>
    public string? Next()
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal)) return line[Mark.Length..];
        }

        return null;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => process.Kill();

    public int WaitForExit()
    {
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}

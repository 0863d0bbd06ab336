using System.Diagnostics;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>The built programs, as processes.</summary>
internal static class Programs
{
    /// <summary>A command that takes longer hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The folder of the tests' own configuration: …/bin/Defms.EndToEnd.Tests/debug.</summary>
    private static readonly string Here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    /// <summary>The programs lie with the tests' own configuration, or all in the folder that DEFMS_PROGRAMS names.</summary>
    public static string PathOf(string project, string program)
    {
        string file = program + (OperatingSystem.IsWindows() ? ".exe" : "");
        return Environment.GetEnvironmentVariable("DEFMS_PROGRAMS") is { Length: > 0 } folder
            ? Path.Combine(folder, file)
            : Path.Combine(Here, "..", "..", project, Path.GetFileName(Here), file);
    }

    /// <summary>Starts a program with nothing of the person's own settings.</summary>
    public static Process Start(string project, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null) =>
        Start(PathOf(project, program), arguments, variables);

    private static Process Start(string path, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string name in (string[])["DEFMS_HOME", "DEFMS_PASSPHRASE", "NO_COLOR"])
            start.Environment.Remove(name);
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <param name="limit">For a command that has more to do than most.</param>
    public static Task<Result> RunAsync(
        IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string>? variables = null, TimeSpan? limit = null) =>
        RunAsync("Defms.Cli", "defms", arguments, input, variables, limit);

    public static async Task<Result> RunAsync(
        string project, string program, IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string>? variables = null,
        TimeSpan? patience = null)
    {
        using Process process = Start(project, program, arguments, variables);
        return await EndAsync(process, input, patience ?? Limit);
    }

    /// <summary>Runs a copy that lies elsewhere, or another program.</summary>
    public static async Task<Result> RunAsync(string path, IEnumerable<string> arguments, TimeSpan limit, byte[]? input = null)
    {
        using Process process = Start(path, arguments, null);
        return await EndAsync(process, input, limit);
    }

    private static async Task<Result> EndAsync(Process process, byte[]? input, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        using var output = new MemoryStream();
        Task copying = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.BaseStream.WriteAsync(input ?? [], limit.Token);
        process.StandardInput.Close();
        await copying;
        await process.WaitForExitAsync(limit.Token);
        return new Result(process.ExitCode, output.ToArray(), await errors);
    }
}

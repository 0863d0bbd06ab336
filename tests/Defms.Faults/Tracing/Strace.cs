using System.ComponentModel;
using System.Diagnostics;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.Faults.Tracing;

/// <summary>
/// Programs under strace, which writes down the system calls that change files, and lets one of them go wrong. It counts the calls of each
/// thread by itself. What Linux still holds of a killed process's writes stays, as after any kill.
/// </summary>
internal static class Strace
{
    public const string Missing = "needs strace, and that it may trace";

    /// <summary>
    /// The calls by which SQLite and the runtime change files. Plain <c>write</c> is not one of them: the runtime writes files by place, and to pipes
    /// all the time.
    /// </summary>
    public static IReadOnlyList<string> FileCalls { get; } =
        ["pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "ftruncate", "mkdir", "mkdirat"];

    /// <summary>Keeps the runtime's own files out of the count.</summary>
    public static IReadOnlyDictionary<string, string> QuietRuntime { get; } =
        new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_EnableWriteXorExecute"] = "0" };

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly Lazy<bool> IsHere = new(Try);

    public static void Require() => Assert.SkipUnless(IsHere.Value, Missing);

    /// <summary>Runs <c>defms</c>; where a fault kills it the exit code is 137.</summary>
    /// <param name="trace">Where the calls are written down.</param>
    /// <param name="fault">Null for none.</param>
    /// <param name="calls">What is written down besides the calls that change files.</param>
    public static Task<Result> RunAsync(
        string trace, Fault? fault, IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string>? variables = null, string calls = "")
    {
        IEnumerable<string> settings = QuietRuntime.Concat(variables ?? new Dictionary<string, string>()).Select(one => $"-E{one.Key}={one.Value}");
        return Programs.RunAsync("strace", [.. Options(trace, fault, calls), .. settings, Programs.PathOf("Defms.Cli", "defms"), .. arguments], Limit, input);
    }

    /// <summary>What strace is told, but for the program.</summary>
    public static IEnumerable<string> Options(string trace, Fault? fault, string calls = "")
    {
        // Not every machine has all of them; one that it does not have is passed over for its question mark.
        string set = string.Join(',', FileCalls.Select(call => $"?{call}")) + (calls.Length > 0 ? $",{calls}" : "");
        return ["-f", "-y", "-xx", "-s", "128", "-o", trace, "-e", $"trace={set}", .. fault is null ? (string[])[] : ["-e", fault.Injection]];
    }

    private static bool Try()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("strace", ["-f", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

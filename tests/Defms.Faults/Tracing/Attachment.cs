using System.Diagnostics;
using System.Globalization;

namespace Defms.Faults.Tracing;

/// <summary>strace on a program that runs already, so that its start is not counted. Detaches when it is disposed.</summary>
internal sealed class Attachment : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Now and then strace waits for ever for the last threads of a program that died while it attached to them.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(10);

    private readonly Process process;

    /// <summary>It tells of every new thread, and would wait with a full pipe.</summary>
    private readonly Task<string> errors;

    private Attachment(Process process) => (this.process, errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Returns when every thread of the program is watched.</summary>
    public static async Task<Attachment> ToAsync(int program, string trace, Fault? fault = null, string calls = "")
    {
        string[] options = [.. Strace.Options(trace, fault, calls), "-p", program.ToString(CultureInfo.InvariantCulture)];
        Process process = Process.Start(new ProcessStartInfo("strace", options) { RedirectStandardError = true })!;
        string? line = await process.StandardError.ReadLineAsync().WaitAsync(Patience);
        Assert.SkipWhen(line?.Contains("not permitted", StringComparison.Ordinal) is true, $"needs strace that may attach to programs: {line}");
        Assert.True(line?.Contains(" attached", StringComparison.Ordinal), $"strace does not attach: {line}");
        return new Attachment(process);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // It may have ended meanwhile, of which nobody needs to hear.
            using Process kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
            await kill.WaitForExitAsync();
        }
        if (!process.WaitForExit(LongestGoodbye))
            process.Kill();
        await errors.WaitAsync(Patience);
        process.Dispose();
    }
}

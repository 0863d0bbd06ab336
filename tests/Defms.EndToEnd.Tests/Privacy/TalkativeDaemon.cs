using System.Diagnostics;
using System.Text;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Privacy;

/// <summary>A daemon that logs all it ever logs, behind a wire that is tapped.</summary>
internal sealed class TalkativeDaemon : IAsyncDisposable
{
    private const string Ready = "listening on ";

    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly TaskCompletionSource<string> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TalkativeDaemon(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Wiretap Wire { get; } = new();

    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    /// <summary>Starts it; the owner's card names the tapped wire where <paramref name="isOnCard"/> says so.</summary>
    public static async Task<TalkativeDaemon> StartAsync(Person owner, bool isOnCard)
    {
        var daemon = new TalkativeDaemon(Programs.Start("Defms.Daemon", "defms-daemon", ["--home", owner.Home, "--listen", "http://127.0.0.1:0", "--verbose"]));
        daemon.Wire.Target = new Uri(await daemon.ready.Task.WaitAsync(TimeSpan.FromMinutes(1)));
        if (isOnCard)
            (await owner.RunAsync("config", "endpoint", daemon.Wire.Url)).Expect(0);
        return daemon;
    }

    /// <summary>What anybody is told at a path.</summary>
    public async Task<string> GetAsync(string path)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(Wire.Target!, path));
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        await Wire.DisposeAsync();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            ready.TrySetException(new InvalidOperationException("the daemon ended"));
            return;
        }
        lock (log)
            log.AppendLine(line);
        if (line.StartsWith(Ready, StringComparison.Ordinal))
            ready.TrySetResult(line[Ready.Length..].Trim());
    }
}

using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Defms.Cli.Demo;

/// <summary>
/// A js-ipfs daemon of its own in a temporary folder: loopback only, free ports, nobody to connect to but whom it is told of. It stands in for Kubo,
/// whose RPC it speaks.
/// </summary>
internal sealed partial class IpfsNode : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    private readonly Process process;
    private bool isDisposed;

    private IpfsNode(Process process, Uri api) => (this.process, Api) = (process, api);

    /// <summary>Where its RPC answers.</summary>
    public Uri Api { get; }

    /// <param name="peers">The folder that <see cref="IpfsPeers.PrepareAsync"/> gave for <c>jsipfs</c>.</param>
    /// <param name="repository">A folder that does not exist yet.</param>
    /// <exception cref="DemoException">It did not start.</exception>
    public static async Task<IpfsNode> StartAsync(string peers, string repository, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(StartTime);
        using (Process init = Run(peers, "jsipfs-init.sh", repository, "0", "0"))
        {
            string errors = await init.StandardError.ReadToEndAsync(limit.Token);
            await init.WaitForExitAsync(limit.Token);
            if (init.ExitCode != 0)
                throw new DemoException($"The IPFS node's repository could not be made: {errors.Trim()}");
        }
        Process daemon = Run(peers, "jsipfs-daemon.sh", repository);
        try
        {
            return new IpfsNode(daemon, await ReadyAsync(daemon, limit.Token));
        }
        catch
        {
            daemon.Kill(entireProcessTree: true);
            daemon.Dispose();
            throw;
        }
    }

    /// <summary>Sends a signal: STOP and CONT make it hang, and go on.</summary>
    public async Task SignalAsync(string signal, CancellationToken cancel)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString()]);
        await kill.WaitForExitAsync(cancel);
    }

    /// <summary>Ends it as an administrator would.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        if (!process.HasExited)
        {
            await SignalAsync("TERM", CancellationToken.None);
            await SignalAsync("CONT", CancellationToken.None);
            using var limit = new CancellationTokenSource(StopTime);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static Process Run(string peers, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh", [Path.Combine(peers, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Reads what it says until it is ready; what it says later is passed over, so that it never waits for a reader.</summary>
    private static async Task<Uri> ReadyAsync(Process daemon, CancellationToken cancel)
    {
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        string last = "";
        Uri? api = null;
        daemon.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                ready.TrySetException(new DemoException($"The IPFS node ended: {last}"));
            else if (ApiLine().Match(line.Data) is { Success: true } found)
                api = new Uri($"http://127.0.0.1:{found.Groups["port"].Value}");
            else if (line.Data.StartsWith("Daemon is ready", StringComparison.Ordinal) && api is not null)
                ready.TrySetResult(api);
        };
        daemon.ErrorDataReceived += (_, line) => last = line.Data is { Length: > 0 } text ? text : last;
        daemon.BeginOutputReadLine();
        daemon.BeginErrorReadLine();
        return await ready.Task.WaitAsync(cancel);
    }

    [GeneratedRegex(@"^HTTP API listening on /ip4/127\.0\.0\.1/tcp/(?<port>\d+)/http", RegexOptions.NonBacktracking)]
    private static partial Regex ApiLine();
}

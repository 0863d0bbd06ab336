using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// Waits at the owner's hosts for what is new, each in a request of its own that the host answers when something comes. Hosts may be
/// added and removed meanwhile. Used by one caller, who disposes it: then nothing of it runs any more.
/// </summary>
internal sealed class HostWatch(IStore<IReplicationTables> store, PeerBook book, Fetcher fetcher, TimeProvider time, Action<SyncReport> reported)
    : IAsyncDisposable
{
    private static readonly TimeSpan Hasty = TimeSpan.FromSeconds(1);

    private readonly Dictionary<PeerAddress, (Task Run, CancellationTokenSource Stop)> waiting = [];

    /// <summary>Begins to wait at hosts that are new, and ends where there is none any more.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        IReadOnlyList<PeerAddress> hosts = book.Hosts();
        foreach (PeerAddress gone in waiting.Keys.Except(hosts).ToList())
            await EndAsync(gone);
        foreach (PeerAddress host in hosts.Where(host => !waiting.ContainsKey(host)))
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            waiting[host] = (WaitAsync(host, stop.Token), stop);
        }
        // What is no fault of the host ends the watching, as it would anywhere else.
        foreach ((Task run, _) in waiting.Values.Where(entry => entry.Run.IsFaulted))
            await run;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PeerAddress host in waiting.Keys.ToList())
            await EndAsync(host);
    }

    private async Task EndAsync(PeerAddress host)
    {
        waiting.Remove(host, out (Task Run, CancellationTokenSource Stop) entry);
        await entry.Stop.CancelAsync();
        await entry.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        entry.Stop.Dispose();
    }

    private async Task WaitAsync(PeerAddress host, CancellationToken cancel)
    {
        for (int failures = 0; !cancel.IsCancellationRequested;)
        {
            var report = new SyncReport();
            long start = time.GetTimestamp();
            (int items, string? failure) = await AskAsync(host, report, cancel);
            failures = failure is null ? 0 : failures + 1;
            // Said once; until it answers again the row of the host says so.
            if (failures == 1)
                report.AddFailure(host.Url.ToString(), failure!);
            if (report.Received + report.Failed.Count > 0)
                reported(report);
            // A host that answers at once with nothing, or with the same again and again, is not asked without end, either.
            bool isHasty = time.GetElapsedTime(start) < Hasty;
            if (failures > 0 || (isHasty && items == 0))
                await Task.Delay(Pauses.After(Math.Max(1, failures)), time, cancel);
            else if (isHasty)
                await Task.Delay(Hasty, time, cancel);
        }
    }

    private async Task<(int Items, string? Failure)> AskAsync(PeerAddress host, SyncReport report, CancellationToken cancel)
    {
        try
        {
            int items = (await fetcher.SyncAsync(host, full: false, SyncRequest.MaxWaitSeconds, report, cancel)).Items;
            return (items, Note(host.Identity, null));
        }
        catch (PeerException e)
        {
            return (0, Note(host.Identity, e.Message));
        }
    }

    private string? Note(Did host, string? failure) => store.Write(tables =>
    {
        tables.Hosts.Note(host, time.GetUtcNow().ToUnixTimeMilliseconds(), failure);
        return failure;
    });
}

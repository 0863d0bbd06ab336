using Defms.Core.Replication;
using Microsoft.Extensions.Logging;

namespace Defms.Serving.Upkeep;

/// <summary>Keeps the replicator going: what stops it (a full disk, a locked store) is waited out with growing pauses.</summary>
public sealed class ReplicationLoop(Replicator replicator, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>What has run this long is no longer failing.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    /// <summary>Ends when <paramref name="stop"/> asks for it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (int failures = 0; !stop.IsCancellationRequested;)
        {
            using var settled = time.CreateTimer(_ => LogSettled(failures), null, Settled, Timeout.InfiniteTimeSpan);
            long start = time.GetTimestamp();
            try
            {
                await replicator.WatchAsync(Report, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failures = time.GetElapsedTime(start) >= Settled ? 1 : failures + 1;
                if (failures == 1)
                    log.ReplicationFailed(e);
            }
            await PauseAsync(failures, stop);
        }
    }

    private void LogSettled(int failures)
    {
        if (failures > 0)
            log.ReplicationHolds(failures);
    }

    private async Task PauseAsync(int failures, CancellationToken stop)
    {
        TimeSpan pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures, 16))));
        // Being asked to stop ends the pause like any other end of it.
        await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Report(SyncReport report)
    {
        log.Replicated(report.Sent, report.Received, report.Threads, report.Failed.Count);
        foreach (SyncFailure failure in report.Failed)
            log.PeerFailed(failure.Peer, failure.Reason);
    }
}

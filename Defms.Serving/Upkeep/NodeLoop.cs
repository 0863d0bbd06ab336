using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Defms.Serving.Upkeep;

/// <summary>
/// Moves what is new to the owner's IPFS node, where he entered one, brings it back after he took it out, and asks the node for chunks that no
/// peer had. A node that fails is tried again after growing pauses; meanwhile everything waits here.
/// </summary>
public sealed class NodeLoop(SqliteStore store, Did self, TimeProvider time, ILogger log)
{
    /// <summary>New mail waits this long at most; a look that finds nothing is one query.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>How often missing chunks are asked for: each round may wait for nodes far away.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    private string? described;
    private long asked;

    /// <summary>Ends when <paramref name="stop"/> asks for it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (int failures = 0; !stop.IsCancellationRequested;)
        {
            try
            {
                await RoundAsync(stop);
                if (failures > 0)
                    log.NodeAnswers(failures);
                failures = 0;
            }
            catch (Exception e) when (e is BlockNodeException or StoreException)
            {
                if (++failures == 1)
                    log.NodeFailed(e.Message);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            TimeSpan pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Look.TotalSeconds * Math.Pow(2, Math.Min(failures, 16))));
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One round: says once what the owner should know of the node's settings, moves, and asks.</summary>
    internal async Task RoundAsync(CancellationToken stop)
    {
        if (store.FindNode() is not { } node)
            return;
        await DescribeAsync(node, stop);
        NodeMoveReport report = await new NodeMove(store).RunAsync(_ => { }, stop);
        if (report.Moved > 0)
            log.NodeMoved(report.Moved);
        if (asked != 0 && time.GetElapsedTime(asked) < AskAgain)
            return;
        asked = time.GetTimestamp();
        int came = await new NodeFetch(store, self, node, time).RunAsync(stop);
        if (came > 0)
            log.NodeGave(came);
    }

    private async Task DescribeAsync(IBlockNode node, CancellationToken stop)
    {
        if (described == node.Name)
            return;
        foreach (string warning in (await node.DescribeAsync(stop)).Warnings)
            log.NodeWarning(warning);
        described = node.Name;
    }
}

using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Cli;

/// <summary>What an exchange with other machines brought.</summary>
/// <param name="Sent">Announcements taken by a recipient or his host.</param>
/// <param name="Received">Messages that are new here.</param>
/// <param name="Threads">Threads that they belong to.</param>
internal sealed record Exchange(int Sent, int Received, int Threads, IReadOnlyList<SyncFailure> Failed)
{
    public static Exchange Of(SyncReport report) => new(report.Sent, report.Received, report.Threads, [.. report.Failed]);
}

/// <summary>The one place where this program meets other machines.</summary>
internal sealed class Delivering : IDisposable
{
    private readonly SqliteStore store;
    private readonly Did self;
    private readonly TimeProvider time;
    private readonly HttpPeer peer;
    private readonly Replicator replicator;
    private readonly Quarantine quarantine;

    public Delivering(Home home, Identity identity, TimeProvider time, RandomSource random)
    {
        peer = new HttpPeer(identity, time, random);
        replicator = new Replicator(home.Store, identity, peer, time, random);
        quarantine = new Quarantine(home.Store, identity, time);
        (store, self, this.time) = (home.Store, identity.Did, time);
    }

    /// <summary>Tries what is due.</summary>
    public async Task<Exchange> DeliverAsync(CancellationToken cancel) => Exchange.Of(await replicator.DeliverAsync(all: false, cancel));

    /// <summary>Delivers everything that waits and fetches what is new.</summary>
    public async Task<Exchange> SyncAsync(SyncOptions options, CancellationToken cancel)
    {
        Exchange exchange = Exchange.Of(await replicator.SyncAsync(options, cancel));
        return await UseNodeAsync(cancel) is { } failure ? exchange with { Failed = [.. exchange.Failed, failure] } : exchange;
    }

    /// <summary>Delivers and fetches until cancelled; <paramref name="done"/> is called after each round that did something.</summary>
    public Task WatchAsync(Action<Exchange> done, CancellationToken cancel) => replicator.WatchAsync(report => done(Exchange.Of(report)), cancel);

    /// <summary>Fetches what is missing of a thread, however large.</summary>
    public async Task<Exchange> FetchAsync(Cid thread, CancellationToken cancel) => Exchange.Of(await replicator.FetchAsync(thread, cancel));

    /// <summary>Takes in what somebody had sent before he was accepted; how many messages that were.</summary>
    public Task<int> ReleaseAsync(Did sender, CancellationToken cancel) => quarantine.ReleaseAsync(sender, cancel);

    public void Dispose() => peer.Dispose();

    /// <summary>What no peer had, the owner's IPFS node may get from others'; and what came goes to it.</summary>
    private async Task<SyncFailure?> UseNodeAsync(CancellationToken cancel)
    {
        if (store.FindNode() is not { } node)
            return null;
        try
        {
            await new NodeFetch(store, self, node, time).RunAsync(cancel);
            await new NodeMove(store).RunAsync(_ => { }, cancel);
            return null;
        }
        catch (BlockNodeException e)
        {
            return new SyncFailure(node.Name, e.Message);
        }
    }
}

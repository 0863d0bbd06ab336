using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Core.Network;

/// <summary>
/// Asks the owner's IPFS node for chunks that are missing here, after it was told where the nodes of the thread's parties are. What comes is
/// checked against its name, and belongs to the thread only as a chunk that a message of it names.
/// </summary>
public sealed class NodeFetch(IStore<IReplicationTables> store, Did self, IBlockNode node, TimeProvider time)
{
    /// <summary>Chunks asked for in one round; what is left is asked for in the next.</summary>
    private const int MaxChunks = 256;

    /// <summary>Chunks that are waited for at once, each up to 256 KiB.</summary>
    private const int AtOnce = 8;

    /// <summary>For one chunk. A node that is connected to one who has it answers in much less.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    /// <summary>How many chunks came.</summary>
    /// <exception cref="BlockNodeException">The node does not answer.</exception>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        int came = 0;
        foreach (IGrouping<long, Cid> missing in store.Read(tables => FetchLimit.AllWanted(tables, MaxChunks)).GroupBy(pair => pair.Thread, pair => pair.Chunk))
            came += await FetchAsync(missing.Key, [.. missing], cancel);
        return came;
    }

    private async Task<int> FetchAsync(long thread, IReadOnlyList<Cid> chunks, CancellationToken cancel)
    {
        foreach (string address in store.Read(tables => Addresses(tables, thread)))
            await TryConnectAsync(address, cancel);
        int came = 0;
        foreach (Cid[] batch in chunks.Chunk(AtOnce))
        {
            Block?[] found = await Task.WhenAll(batch.Select(chunk => node.FetchAsync(chunk, Wait, cancel)));
            Block[] blocks = [.. found.OfType<Block>()];
            if (blocks.Length > 0)
                await store.WriteAsync(tables => Keep(tables, thread, blocks), cancel);
            came += blocks.Length;
            // Who has none of eight has none of the others either, and each would be waited for.
            if (blocks.Length == 0)
                break;
        }
        return came;
    }

    private bool Keep(IReplicationTables tables, long thread, Block[] blocks)
    {
        if (tables.Threads.Find(thread) is not { } row || ThreadAccess.Find(tables, row) is not { } opened)
            return false;
        using Threads.Thread closing = opened;
        Arrival.Add(tables, opened, [], blocks, self, time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    }

    /// <summary>Where the nodes of those are who should have it, by their cards, as far as this machine's node may be sent there.</summary>
    private IReadOnlyList<string> Addresses(IReplicationTables tables, long thread) => [.. tables.Threads.Parties(thread)
        .Where(party => party != self).Select(tables.Contacts.Find).OfType<ContactRow>()
        .Where(contact => contact.State == ContactState.Accepted)
        .SelectMany(contact => contact.Card.Profile?.Ipfs.Where(address => NodeAddress.MayDial(address, contact.EnteredEndpoints)) ?? [])];

    private async Task TryConnectAsync(string address, CancellationToken cancel)
    {
        try
        {
            await node.ConnectAsync(address, cancel);
        }
        catch (BlockNodeException)
        {
            // He may be away, or reached by another of his addresses; asking for the block tells.
        }
    }
}

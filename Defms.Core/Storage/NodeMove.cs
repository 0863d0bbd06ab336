using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage.Tables;
using Defms.Core.Threads;

namespace Defms.Core.Storage;

/// <summary>What a round with the IPFS node did.</summary>
/// <param name="Moved">Blocks whose bytes went to it, or came back.</param>
/// <param name="Waiting">Threads that stay here for now: they are not whole, or not delivered yet.</param>
/// <param name="Lost">Blocks that the node should have and has not, found while they were to come back.</param>
public sealed record NodeMoveReport(int Moved, int Waiting, int Lost);

/// <summary>
/// Moves messages and their chunks to the IPFS node that the owner entered, a thread at a time, and back. A block is let go here only after the
/// node has pinned the root above it and was seen to have it, so that stopping at any moment loses nothing; the next round goes on. The genesis
/// and the nodes of the root stay here as well: every write needs them (docs/decisions/0011).
/// </summary>
public sealed class NodeMove(SqliteStore store)
{
    /// <summary>Blocks read and put at once, each at most a megabyte and most a quarter of that.</summary>
    private const int Batch = 64;

    /// <summary>Names to a transaction when blocks are let go.</summary>
    private const int DropBatch = 1024;

    private const int Page = 256;

    /// <summary>Blocks asked of the node at once.</summary>
    private const int AtOnce = 16;

    private int moved;
    private int waiting;
    private int lost;

    /// <summary>Does what is to be done now: unpins what was let go, moves what is new, or brings all back.</summary>
    /// <param name="progress">Called with how many threads, or blocks on the way back, are done.</param>
    /// <exception cref="BlockNodeException">The node did not do its part; the store remembers why, and everything not moved is still here.</exception>
    public async Task<NodeMoveReport> RunAsync(Action<int> progress, CancellationToken cancel)
    {
        (moved, waiting, lost) = (0, 0, 0);
        if (store.FindNode() is not { } node)
            return new NodeMoveReport(0, 0, 0);
        try
        {
            if (store.Read(tables => tables.Settings.Get(IpfsSettings.Leaving)) is not null)
                await ReturnAsync(node, progress, cancel);
            else
                await MoveAsync(node, progress, cancel);
            SetFault(lost == 0 ? null : $"{lost} blocks are not at the IPFS node any more. 'defms verify --repair' and 'defms sync' fetch them again.");
        }
        catch (BlockNodeException e)
        {
            SetFault(e.Message);
            throw;
        }
        if (moved > 0)
            store.GiveBackFreePages();
        return new NodeMoveReport(moved, waiting, lost);
    }

    /// <summary>Enters a node. What another one keeps must come back first.</summary>
    /// <exception cref="StoreException">Blocks are with another node.</exception>
    public void Enter(Uri url, string peer) => store.WriteAll(tables =>
    {
        bool isOther = tables.Settings.Get(IpfsSettings.Peer) is { } known && known != peer;
        if (isOther && tables.Node.Pins(1).Count > 0)
            throw new StoreException($"Blocks are with the IPFS node at {tables.Settings.Get(IpfsSettings.Node)}. Bring them back first with 'defms config ipfs --unset'.");
        tables.Settings.Set(IpfsSettings.Node, url.AbsoluteUri.TrimEnd('/'));
        tables.Settings.Set(IpfsSettings.Peer, peer);
        tables.Settings.Remove(IpfsSettings.Leaving);
        tables.Settings.Remove(IpfsSettings.Fault);
        return true;
    });

    /// <summary>From now on nothing more goes to the node, and rounds bring back what it has.</summary>
    public void Leave() => store.Write(tables =>
    {
        if (tables.Settings.Get(IpfsSettings.Node) is not null)
            tables.Settings.Set(IpfsSettings.Leaving, "yes");
        return true;
    });

    /// <summary>What the node keeps: blocks and their bytes.</summary>
    public (long Blocks, long Bytes) Kept() => store.ReadAll(tables => tables.Node.Count());

    private async Task MoveAsync(IBlockNode node, Action<int> progress, CancellationToken cancel)
    {
        await UnpinAsync(node, tables => tables.Node.Orphans(Page), cancel);
        int done = 0;
        List<long> page = store.ReadAll(tables => tables.Node.Unmoved(0, Page));
        while (page.Count > 0)
        {
            foreach (long id in page)
            {
                cancel.ThrowIfCancellationRequested();
                if (store.ReadAll(tables => Read(tables, id)) is { } load && await PutAsync(node, load, cancel))
                    await DropAsync(node, load, cancel);
                else
                    waiting++;
                progress(++done);
            }
            page = store.ReadAll(tables => tables.Node.Unmoved(page[^1], Page));
        }
    }

    /// <summary>Gives up pins page by page.</summary>
    private async Task UnpinAsync(IBlockNode node, Func<SqliteTables, List<NodePin>> read, CancellationToken cancel)
    {
        while (store.ReadAll(read) is { Count: > 0 } pins)
        {
            foreach (NodePin pin in pins)
            {
                await node.UnpinAsync(pin.Root, cancel);
                store.WriteAll(tables =>
                {
                    tables.Node.RemovePin(pin.Thread);
                    return true;
                });
            }
        }
    }

    /// <summary>What of a thread is to go; null when it has to wait, since a pin of what is not whole would wait for ever.</summary>
    private static Load? Read(SqliteTables tables, long id)
    {
        if (tables.Threads.Find(id) is not { } row || tables.Messages.Missing(row.Id).Count > 0 || tables.Node.IsUndelivered(row.Thread)
            || tables.Blocks.Find(row.Thread) is not { } genesis || ThreadRoot.Read(row.Root, tables.Blocks) is not { } contents)
            return null;
        List<Cid> names = [];
        // What is with the node already is there with all its chunks.
        foreach (Cid message in contents.Messages.Where(message => !tables.Node.Has(message)))
        {
            if (tables.Blocks.Find(message) is not { } block || !MessageNode.TryRead(block, out MessageNode? node, out _) || !node.Body.All(tables.Blocks.Has))
                return null;
            names.AddRange(node.Body.Where(tables.Node.IsHere));
            names.Add(message);
        }
        return new Load(row, tables.Node.Pin(row.Thread)?.Root, [genesis, .. contents.Nodes], [.. names.Distinct()]);
    }

    /// <summary>Hands the blocks over and has the root pinned; false when one of them is not sound here.</summary>
    private async Task<bool> PutAsync(IBlockNode node, Load load, CancellationToken cancel)
    {
        foreach (Cid[] batch in load.Names.Chunk(Batch))
        {
            List<Block> blocks = store.Read(tables => batch.Select(tables.Blocks.Find).OfType<Block>().ToList());
            if (blocks.Count < batch.Length)
                return false;
            await node.PutAsync(blocks, cancel);
            foreach (Block block in blocks)
                load.Sizes[block.Cid] = block.Data.Length;
        }
        foreach (Block[] batch in load.Frame.Chunk(Batch))
            await node.PutAsync(batch, cancel);
        await node.PinAsync(load.Row.Root, load.Pinned, cancel);
        return true;
    }

    private async Task DropAsync(IBlockNode node, Load load, CancellationToken cancel)
    {
        if (!await node.IsPinnedAsync(load.Row.Root, cancel))
            throw new BlockNodeException($"The IPFS node at {node.Name} said that it pinned {load.Row.Root}, but does not list it.");
        await Parallel.ForEachAsync(load.Names, Together(cancel), async (cid, stop) =>
        {
            if (await node.SizeAsync(cid, stop) != load.Sizes[cid])
                throw new BlockNodeException($"The IPFS node at {node.Name} said that it took block {cid}, but has it not, or not whole.");
        });
        SetPin(load, isPending: true);
        foreach (Cid[] batch in load.Names.Chunk(DropBatch))
        {
            store.WriteAll(tables =>
            {
                // A thread that was let go meanwhile took its blocks with it; the next round gives up the pin.
                tables.Node.Leave(tables.Threads.Find(load.Row.Thread) is null ? [] : batch);
                return true;
            });
            moved += batch.Length;
        }
        SetPin(load, isPending: false);
    }

    private void SetPin(Load load, bool isPending) => store.WriteAll(tables =>
    {
        tables.Node.SetPin(new NodePin(load.Row.Thread, load.Row.Root, isPending));
        return true;
    });

    private async Task ReturnAsync(IBlockNode node, Action<int> progress, CancellationToken cancel)
    {
        List<(long Id, Cid Cid)> page = store.ReadAll(tables => tables.Node.Page(0, Batch));
        while (page.Count > 0)
        {
            var found = new System.Collections.Concurrent.ConcurrentBag<Block>();
            await Parallel.ForEachAsync(page, Together(cancel), async (entry, stop) =>
            {
                if (await node.FindAsync(entry.Cid, stop) is { } block)
                    found.Add(block);
            });
            store.WriteAll(tables =>
            {
                tables.Node.Return(found);
                return true;
            });
            moved += found.Count;
            lost += page.Count - found.Count;
            progress(moved);
            page = store.ReadAll(tables => tables.Node.Page(page[^1].Id, Batch));
        }
        if (lost > 0)
            return;
        await UnpinAsync(node, tables => tables.Node.Pins(Page), cancel);
        store.WriteAll(tables => tables.Node.Pins(1).Count == 0 && tables.Node.Page(0, 1).Count == 0 && Forget(tables));
    }

    private static bool Forget(SqliteTables tables)
    {
        foreach (string name in new[] { IpfsSettings.Node, IpfsSettings.Peer, IpfsSettings.Leaving, IpfsSettings.Fault })
            tables.Settings.Remove(name);
        return true;
    }

    private void SetFault(string? fault)
    {
        if (store.Read(tables => tables.Settings.Get(IpfsSettings.Fault)) == fault)
            return;
        store.Write(tables =>
        {
            if (fault is null)
                tables.Settings.Remove(IpfsSettings.Fault);
            else
                tables.Settings.Set(IpfsSettings.Fault, fault);
            return true;
        });
    }

    private static ParallelOptions Together(CancellationToken cancel) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };

    /// <param name="Pinned">The root that the node pins for the thread now, if any.</param>
    /// <param name="Frame">Genesis and root nodes, which stay here too.</param>
    /// <param name="Names">Messages and chunks that are here alone.</param>
    private sealed record Load(ThreadRow Row, Cid? Pinned, IReadOnlyList<Block> Frame, IReadOnlyList<Cid> Names)
    {
        /// <summary>How many bytes the node was given of each.</summary>
        public Dictionary<Cid, long> Sizes { get; } = [];
    }
}

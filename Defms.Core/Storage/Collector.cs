using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Storage;

/// <summary>What a collection let go.</summary>
/// <param name="Kept">How many blocks the threads reach.</param>
/// <param name="Bytes">Bytes of the removed blocks.</param>
public sealed record CollectionReport(int Kept, int Removed, long Bytes);

/// <summary>
/// Lets go of blocks that no kept thread reaches. What is reached is read from the roots and the blocks below them, never from an index; a
/// thread that cannot be walked whole ends the collection before anything is removed.
/// </summary>
public sealed class Collector(SqliteStore store)
{
    private const int BatchCount = 500;

    private readonly HashSet<Cid> reached = [];
    private readonly Dictionary<Cid, Cid> roots = [];

    /// <param name="progress">Called with the number of threads walked and the number there are.</param>
    /// <exception cref="StoreException">A thread is not whole; nothing was removed.</exception>
    public CollectionReport Run(Action<int, int> progress, CancellationToken cancel)
    {
        IReadOnlyList<ThreadRow> threads = store.Read(tables => (IReadOnlyList<ThreadRow>)[.. tables.Threads.All()]);
        for (int i = 0; i < threads.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            store.Read(tables => Walk(tables, threads[i].Id));
            progress(i + 1, threads.Count);
        }
        store.Read(KeepParcels);
        List<Cid> left = store.Read(tables => tables.Blocks.List().Where(cid => !reached.Contains(cid)).ToList());
        // All of them before any goes: a message may lie far behind the chunks that it names.
        foreach (Cid[] batch in left.Chunk(BatchCount))
            store.Read(tables => batch.Select(tables.Blocks.Find).OfType<Block>().Count(block => IsOfKeptThread(tables, block)));
        int removed = 0;
        long bytes = 0;
        foreach (Cid[] batch in left.Chunk(BatchCount))
        {
            cancel.ThrowIfCancellationRequested();
            (int count, long size) = store.Write(tables => Remove(tables, batch));
            (removed, bytes) = (removed + count, bytes + size);
        }
        if (removed > 0)
            store.GiveBackFreePages();
        return new CollectionReport(reached.Count, removed, bytes);
    }

    /// <summary>Since the walk others may have written: threads that have another root now are walked again before anything goes.</summary>
    private (int Count, long Bytes) Remove(IReplicationTables tables, Cid[] batch)
    {
        foreach (ThreadRow row in tables.Threads.All())
        {
            if (!roots.TryGetValue(row.Thread, out Cid walked) || walked != row.Root)
                Walk(tables, row.Id);
        }
        KeepParcels(tables);
        List<Block> gone = [.. batch.Where(cid => !reached.Contains(cid)).Select(tables.Blocks.Find).OfType<Block>().Where(block => !IsOfKeptThread(tables, block))];
        List<Cid> names = [.. gone.Select(block => block.Cid).Where(cid => !reached.Contains(cid))];
        tables.Blocks.Remove(names);
        return (names.Count, gone.Sum(block => (long)block.Data.Length));
    }

    /// <summary>A message that no root names but that names a kept thread stays, with its chunks: 'verify --repair' brings it back.</summary>
    private bool IsOfKeptThread(IMailTables tables, Block block)
    {
        if (!MessageNode.TryRead(block, out MessageNode? node, out _) || tables.Threads.Find(node.Thread) is null)
            return false;
        reached.Add(block.Cid);
        reached.UnionWith(node.Body);
        return true;
    }

    /// <summary>Parcels that wait for their recipients, and submissions that wait for their next attempt, belong to no thread.</summary>
    private bool KeepParcels(IReplicationTables tables)
    {
        foreach (Cid parcel in tables.Parcels.Kept().Concat(tables.Submissions.Waiting()))
        {
            if (reached.Add(parcel) && tables.Blocks.Find(parcel) is { } block && ParcelNode.TryRead(block, out ParcelNode? node, out _))
                reached.UnionWith(node.Body);
        }
        return true;
    }

    private bool Walk(IMailTables tables, long id)
    {
        if (tables.Threads.Find(id) is not { } row)
            return false;
        RootContents contents = ThreadRoot.Read(row.Root, tables.Blocks) ?? throw NotWhole(row.Thread);
        if (!tables.Blocks.Has(row.Thread))
            throw NotWhole(row.Thread);
        roots[row.Thread] = row.Root;
        reached.Add(row.Thread);
        reached.UnionWith(contents.Nodes.Select(node => node.Cid));
        foreach (Cid message in contents.Messages)
        {
            if (!reached.Add(message))
                continue;
            if (tables.Blocks.Find(message) is not { } block || !MessageNode.TryRead(block, out MessageNode? node, out _))
                throw NotWhole(row.Thread);
            reached.UnionWith(node.Body);
        }
        return true;
    }

    private static StoreException NotWhole(Cid thread) =>
        new($"Thread {thread} is not whole, so what it needs cannot be told from what nothing needs. Nothing was removed. Run 'defms verify --repair', then 'defms sync'.");
}

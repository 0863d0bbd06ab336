using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication.Hosting;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Answers a want list: blocks of one thread, to a party of it or from what is held for the asker. Everything else gets the same answer as
/// what is not here: nothing.
/// </summary>
public sealed class BlockDesk(IStore<IReplicationTables> store, Identity self)
{
    /// <summary>What one answer carries at most; the asker asks again for the rest.</summary>
    private const long MaxAnswerBytes = 64 * 1024 * 1024;

    /// <summary>Blocks that are read ahead of the one that is sent, each up to a megabyte.</summary>
    private const int ReadBatch = 16;

    /// <summary>A node of the root tree is shown to belong by a message below it; honest trees are two or three nodes deep.</summary>
    private const int MaxDescent = 8;

    /// <summary>The wanted blocks that are here and belong to the thread, read while they are sent.</summary>
    public IEnumerable<Block> Answer(Certificate asker, WantList wants)
    {
        ThreadRow? thread = store.Read(tables => FindThread(tables, asker, wants.Thread));
        bool isServed = store.Read(tables => HandOver.IsOpenTo(tables, asker));
        if (thread is null && !isServed)
            yield break;
        HashSet<Cid> bodies = store.Read(tables => thread is not null && wants.Blocks.Any(cid => cid.Codec == Cid.Raw) ? Bodies(tables, thread) : []);
        Block? Look(IReplicationTables tables, Cid cid) =>
            (thread is null ? null : Find(tables, thread, bodies, cid)) ?? (isServed ? tables.Held.Find(asker.Identity, wants.Thread, cid) : null);
        long left = MaxAnswerBytes;
        foreach (Cid[] names in wants.Blocks.Chunk(ReadBatch))
        {
            foreach (Block block in store.Read(tables => names.Select(cid => Look(tables, cid)).OfType<Block>().ToList()))
            {
                if ((left -= block.Data.Length) < 0)
                    yield break;
                yield return block;
            }
        }
    }

    private ThreadRow? FindThread(IReplicationTables tables, Certificate asker, Cid name) =>
        tables.Threads.Find(name) is { } thread && tables.Threads.HasParty(thread.Id, asker.Identity)
        && Admission.IsOpenTo(tables, self, asker)
            ? thread
            : null;

    private static Block? Find(IMailTables tables, ThreadRow thread, HashSet<Cid> bodies, Cid cid)
    {
        bool belongs = cid == thread.Thread || bodies.Contains(cid) || IsMessage(tables, thread, cid) || IsNode(tables, thread, cid);
        return belongs ? tables.Blocks.Find(cid) : null;
    }

    private static bool IsMessage(IMailTables tables, ThreadRow thread, Cid cid) =>
        tables.Messages.Find(cid) is { } row && row.Thread == thread.Id;

    /// <summary>Whether the block is a node of this thread's root: its first message is one of the thread's.</summary>
    private static bool IsNode(IMailTables tables, ThreadRow thread, Cid cid)
    {
        Cid at = cid;
        for (int i = 0; i < MaxDescent; i++)
        {
            if (tables.Blocks.Find(at) is not { } block || !RootNode.TryRead(block, out RootNode? node, out _))
                return false;
            if (node.Shards.Count == 0)
                return node.Messages.Count > 0 ? IsMessage(tables, thread, node.Messages[0]) : node.Thread == thread.Thread;
            at = node.Shards[0].Node;
        }
        return false;
    }

    /// <summary>The chunks of all large messages of the thread.</summary>
    private static HashSet<Cid> Bodies(IMailTables tables, ThreadRow thread) =>
        [.. tables.Messages.InThread(thread.Id)
            .Where(row => row.Size > MessageRecord.MaxInline)
            .Select(row => tables.Blocks.Find(row.Cid)).OfType<Block>()
            .SelectMany(block => MessageNode.TryRead(block, out MessageNode? node, out _) ? node.Body : [])];
}

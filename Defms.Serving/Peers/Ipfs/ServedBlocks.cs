using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Serving.Peers.Ipfs;

/// <summary>
/// Which blocks anybody may have: those of public threads, and, where the owner opened it, every one. All others are not here. Safe for use
/// by several threads.
/// </summary>
internal sealed class ServedBlocks(IStore<IMailTables> store) : IBlockSource
{
    private readonly Lock gate = new();

    /// <summary>Public threads with what belongs to their present root; null for private ones, whose genesis never changes.</summary>
    private readonly Dictionary<Cid, PublicThread?> threads = [];

    public Block? Find(Cid cid) => store.Read(tables =>
        tables.Blocks.Find(cid) is { } block && (IsOpen(tables) || IsPublic(tables, block)) ? block : null);

    private static bool IsOpen(IMailTables tables) => tables.Settings.Get(IpfsSettings.Open) is not null;

    private bool IsPublic(IMailTables tables, Block block)
    {
        if (Genesis.PublicKeyOf(block).Length > 0)
            return tables.Threads.Find(block.Cid) is not null;
        if (!MessageNode.TryRead(block, out MessageNode? node, out _))
            return IsPart(tables, block.Cid);
        return IsSound(tables.Messages.Find(block.Cid)) && tables.Blocks.Find(node.Thread) is { } genesis && Genesis.PublicKeyOf(genesis).Length > 0;
    }

    /// <summary>
    /// A message whose chunks are not those that its author sealed may name any block of this store, and so is not followed.
    /// </summary>
    private static bool IsSound(MessageRow? row) => row is not null && (row.Flags & (MessageFlags.Damaged | MessageFlags.Incomplete)) == MessageFlags.None;

    /// <summary>Whether it is a node of the root, or a chunk, of a public thread.</summary>
    private bool IsPart(IMailTables tables, Cid cid)
    {
        lock (gate)
        {
            foreach (ThreadRow row in tables.Threads.All())
            {
                if (!threads.TryGetValue(row.Thread, out PublicThread? known))
                    threads[row.Thread] = known = IsPublic(tables, row) ? new PublicThread() : null;
                known?.Update(tables, row);
                if (known?.Contains(cid) is true)
                    return true;
            }
            return false;
        }
    }

    private static bool IsPublic(IMailTables tables, ThreadRow row) =>
        tables.Blocks.Find(row.Thread) is { } genesis && Genesis.PublicKeyOf(genesis).Length > 0;

    /// <summary>What belongs to a public thread and does not say so by itself, computed when its root has changed.</summary>
    private sealed class PublicThread
    {
        private readonly HashSet<Cid> parts = [];
        private Cid root;

        public bool Contains(Cid cid) => parts.Contains(cid);

        public void Update(IMailTables tables, ThreadRow row)
        {
            // Chunks that come later do not change the root.
            if (root == row.Root && tables.Messages.Missing(row.Id).Count == 0)
                return;
            parts.Clear();
            parts.UnionWith(ThreadRoot.Nodes(row.Root, tables.Blocks));
            foreach (MessageRow message in tables.Messages.InThread(row.Id))
            {
                if (IsSound(message) && tables.Blocks.Find(message.Cid) is { } block && MessageNode.TryRead(block, out MessageNode? node, out _))
                    parts.UnionWith(node.Body);
            }
            root = tables.Messages.Missing(row.Id).Count == 0 ? row.Root : default;
        }
    }
}

using Defms.Core.Blocks;

namespace Defms.Core.Threads;

/// <summary>
/// Finds which messages somebody else's root names that are not here, by asking only for the nodes that differ. The caller fetches
/// <see cref="Wanted"/>, hands the blocks to <see cref="Feed"/>, and repeats until nothing is wanted. What it finds is a hint from a
/// stranger: each message still has to show that it belongs.
/// </summary>
public sealed class RootWalk
{
    /// <summary>A tree of a million messages has about 65,000 nodes; differing ones beyond this many are left for the next round.</summary>
    public const int MaxNodes = 16_384;

    private readonly Cid thread;
    private readonly Func<Cid, bool> isHere;
    private readonly Dictionary<Cid, int> wanted = [];
    private readonly List<Cid> missing = [];
    private int nodesSeen;

    /// <param name="root">The state the other one names.</param>
    /// <param name="isHere">Whether a message, or a node of our own tree, is here; a node that is here has nothing new below it.</param>
    public RootWalk(Cid thread, Cid root, Func<Cid, bool> isHere)
    {
        this.thread = thread;
        this.isHere = isHere;
        if (!isHere(root))
            wanted[root] = 0;
    }

    /// <summary>Nodes to ask for next.</summary>
    public IReadOnlyCollection<Cid> Wanted => wanted.Keys;

    /// <summary>Messages that are named and not here.</summary>
    public IReadOnlyList<Cid> Missing => missing;

    /// <summary>Takes one block that was asked for; false when it was not, or is no node of this thread (then it is not asked for again).</summary>
    public bool Feed(Block block)
    {
        if (!wanted.Remove(block.Cid, out int depth) || ++nodesSeen > MaxNodes
            || !RootNode.TryRead(block, out RootNode? node, out _) || (depth == 0 ? node.Thread != thread : node.Thread is not null))
            return false;
        missing.AddRange(node.Messages.Where(message => !isHere(message)));
        if (depth >= RootNode.MaxDepth)
            return node.Shards.Count == 0;
        foreach (RootShard shard in node.Shards)
        {
            if (!isHere(shard.Node))
                wanted[shard.Node] = depth + 1;
        }
        return true;
    }

    /// <summary>Gives up on nodes that were asked for and did not come.</summary>
    public void Abandon() => wanted.Clear();
}

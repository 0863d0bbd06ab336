using Defms.Core.Blocks;

namespace Defms.Core.Threads;

/// <summary>
/// Finds which messages somebody else's root names that are not here, by asking only for the nodes that differ. The caller fetches
/// <see cref="Wanted"/>, hands the blocks to <see cref="Feed"/>, and repeats until nothing is wanted. What it finds is a hint from a
/// stranger: each message still has to show that it belongs.
/// </summary>
public sealed class RootWalk
{
    /// <summary>A tree of a million messages has about 66,000 nodes; no more than twice as many are asked for in one walk.</summary>
    public const int MaxNodes = 131_072;

    /// <summary>As many as the largest tree of two levels names; what is beyond is found by the next walk, when these have come.</summary>
    public const int MaxMissing = 262_144;

    private readonly Cid thread;
    private readonly Func<Cid, bool> isHere;
    private readonly Dictionary<Cid, byte[]> wanted = [];
    private readonly HashSet<Cid> asked = [];
    private readonly List<Cid> missing = [];

    /// <param name="root">The state the other one names.</param>
    /// <param name="isHere">
    /// Whether a message is here or was refused before, or a node belongs to a tree that was computed here: such a node has nothing new
    /// below it. A node that merely came from others must not count.
    /// </param>
    public RootWalk(Cid thread, Cid root, Func<Cid, bool> isHere)
    {
        this.thread = thread;
        this.isHere = isHere;
        Want(root, []);
    }

    /// <summary>Nodes to ask for next.</summary>
    public IReadOnlyCollection<Cid> Wanted => wanted.Keys;

    /// <summary>Messages that are named and not here, each once.</summary>
    public IReadOnlyList<Cid> Missing => missing;

    /// <summary>Whether a limit was met, so that the other one may have more than was found.</summary>
    public bool IsCut { get; private set; }

    /// <summary>
    /// Takes one block that was asked for; false when it was not, or is no node of this thread at this place. Either way it is not asked
    /// for again.
    /// </summary>
    public bool Feed(Block block)
    {
        if (!wanted.Remove(block.Cid, out byte[]? digits) || !RootNode.TryRead(block, out RootNode? node, out _)
            || node.Thread != (digits.Length == 0 ? thread : null) || !node.LiesBelow(digits))
            return false;
        foreach (Cid message in node.Messages)
            Miss(message);
        foreach (RootShard shard in node.Shards)
            Want(shard.Node, [.. digits, shard.Digit]);
        return true;
    }

    /// <summary>Gives up on nodes that were asked for and did not come.</summary>
    public void Abandon(IEnumerable<Cid> nodes)
    {
        foreach (Cid node in nodes)
            wanted.Remove(node);
    }

    // Every message stands below its own digest, so no two nodes that are taken name the same one.
    private void Miss(Cid message)
    {
        if (isHere(message))
            return;
        if (missing.Count < MaxMissing)
            missing.Add(message);
        else
            IsCut = true;
    }

    private void Want(Cid node, byte[] digits)
    {
        if (asked.Contains(node) || isHere(node))
            return;
        if (asked.Count == MaxNodes)
        {
            IsCut = true;
            return;
        }
        asked.Add(node);
        wanted[node] = digits;
    }
}

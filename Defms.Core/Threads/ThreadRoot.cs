using System.Runtime.InteropServices;
using Defms.Core.Blocks;

namespace Defms.Core.Threads;

/// <summary>
/// The state of a thread as one CID: the canonical tree over (genesis, sorted set of messages). The same set gives the same root,
/// however it was built (docs/formats/root.md).
/// </summary>
public static class ThreadRoot
{
    /// <summary>The tree over the whole set, from nothing. Repetitions do not matter.</summary>
    /// <exception cref="ArgumentException">One of them cannot be the name of a message.</exception>
    public static RootChange Build(Cid thread, IEnumerable<Cid> messages)
    {
        List<Cid> sorted = Sorted(messages);
        var change = new RootChange();
        change.Root = BuildNode(thread, CollectionsMarshal.AsSpan(sorted), depth: 0, change);
        change.Count = sorted.Count;
        return change;
    }

    /// <summary>
    /// The tree with <paramref name="added"/> united to what <paramref name="root"/> names, a root that was computed here. Reads only the
    /// nodes on the way. Null when <paramref name="source"/> lacks one of them: then build from the whole set.
    /// </summary>
    /// <exception cref="ArgumentException">One of the added cannot be the name of a message.</exception>
    public static RootChange? Add(Cid thread, Cid root, IEnumerable<Cid> added, IBlockSource source)
    {
        List<Cid> sorted = Sorted(added);
        var change = new RootChange();
        if (Unite(thread, root, CollectionsMarshal.AsSpan(sorted), depth: 0, source, change) is not { } top)
            return null;
        change.Root = top.Node;
        change.Count = top.Count;
        return change;
    }

    /// <summary>Every node of the tree below <paramref name="root"/> that <paramref name="source"/> has, itself included, each once.</summary>
    public static IEnumerable<Cid> Nodes(Cid root, IBlockSource source)
    {
        var seen = new HashSet<Cid>([root]);
        var open = new Stack<Cid>([root]);
        while (open.TryPop(out Cid cid))
        {
            if (source.Find(cid) is not { } block || !RootNode.TryRead(block, out RootNode? node, out _))
                continue;
            yield return cid;
            foreach (RootShard shard in node.Shards)
            {
                if (seen.Add(shard.Node))
                    open.Push(shard.Node);
            }
        }
    }

    /// <summary>All messages that the tree below <paramref name="root"/> names, and its nodes; null when a node of it is not here.</summary>
    public static RootContents? Read(Cid root, IBlockSource source)
    {
        var nodes = new List<Block>();
        var messages = new List<Cid>();
        var open = new Stack<Cid>([root]);
        while (open.TryPop(out Cid cid))
        {
            if (source.Find(cid) is not { } block || !RootNode.TryRead(block, out RootNode? node, out _))
                return null;
            nodes.Add(block);
            messages.AddRange(node.Messages);
            foreach (RootShard shard in node.Shards.Reverse())
                open.Push(shard.Node);
        }
        return new RootContents(nodes, messages);
    }

    private static List<Cid> Sorted(IEnumerable<Cid> messages)
    {
        List<Cid> sorted = [.. messages];
        sorted.Sort();
        int unique = 0;
        for (int i = 0; i < sorted.Count; i++)
        {
            // Of one codec the order by CID is the order by digest, which the shards rely on.
            if (!sorted[i].IsOurs || sorted[i].Codec != Cid.DagCbor)
                throw new ArgumentException($"'{sorted[i]}' is no message.", nameof(messages));
            if (unique == 0 || sorted[i] != sorted[unique - 1])
                sorted[unique++] = sorted[i];
        }
        sorted.RemoveRange(unique, sorted.Count - unique);
        return sorted;
    }

    // This and Unite go down one byte of the digest at a time, so they are never more than 33 calls deep.

    private static Cid BuildNode(Cid? thread, ReadOnlySpan<Cid> sorted, int depth, RootChange change)
    {
        if (sorted.Length <= RootNode.MaxMessages)
            return change.Add(new RootNode(thread, sorted.Length, sorted.ToArray(), []));
        var shards = new List<RootShard>();
        for (int start = 0; start < sorted.Length;)
        {
            int end = EndOfShard(sorted, start, depth);
            shards.Add(new RootShard(sorted[start].Digest[depth], BuildNode(null, sorted[start..end], depth + 1, change)));
            start = end;
        }
        return change.Add(new RootNode(thread, sorted.Length, [], shards));
    }

    private static Grown? Unite(Cid? thread, Cid cid, ReadOnlySpan<Cid> added, int depth, IBlockSource source, RootChange change)
    {
        if (source.Find(cid) is not { } block || !RootNode.TryRead(block, out RootNode? node, out _) || node.Thread != thread)
            return null;
        if (node.Shards.Count == 0)
            return UniteLeaf(thread, cid, node, added, depth, change);
        if (depth == RootNode.MaxDepth)
            return null;
        var shards = node.Shards.ToDictionary(shard => shard.Digit, shard => shard.Node);
        int count = node.Count;
        for (int start = 0; start < added.Length;)
        {
            int end = EndOfShard(added, start, depth);
            byte digit = added[start].Digest[depth];
            if (UniteShard(shards, digit, added[start..end], depth, source, change) is not { } grown)
                return null;
            count = checked(count + grown);
            start = end;
        }
        if (count == node.Count)
            return new Grown(cid, count, 0);
        change.Supersede(cid);
        List<RootShard> sorted = [.. shards.OrderBy(pair => pair.Key).Select(pair => new RootShard(pair.Key, pair.Value))];
        return new Grown(change.Add(new RootNode(thread, count, [], sorted)), count, count - node.Count);
    }

    /// <summary>By how many messages the shard grew, or null when a node of it is not here.</summary>
    private static int? UniteShard(
        Dictionary<byte, Cid> shards, byte digit, ReadOnlySpan<Cid> added, int depth, IBlockSource source, RootChange change)
    {
        if (!shards.TryGetValue(digit, out Cid child))
        {
            shards[digit] = BuildNode(null, added, depth + 1, change);
            return added.Length;
        }
        if (Unite(null, child, added, depth + 1, source, change) is not { } grown)
            return null;
        shards[digit] = grown.Node;
        return grown.By;
    }

    private static Grown UniteLeaf(Cid? thread, Cid cid, RootNode leaf, ReadOnlySpan<Cid> added, int depth, RootChange change)
    {
        List<Cid> all = [.. leaf.Messages.Union(added.ToArray())];
        if (all.Count == leaf.Messages.Count)
            return new Grown(cid, all.Count, 0);
        all.Sort();
        change.Supersede(cid);
        return new Grown(BuildNode(thread, CollectionsMarshal.AsSpan(all), depth, change), all.Count, all.Count - leaf.Messages.Count);
    }

    private static int EndOfShard(ReadOnlySpan<Cid> sorted, int start, int depth)
    {
        byte digit = sorted[start].Digest[depth];
        int end = start + 1;
        while (end < sorted.Length && sorted[end].Digest[depth] == digit)
            end++;
        return end;
    }

    private readonly record struct Grown(Cid Node, int Count, int By);
}

/// <summary>A whole tree that was computed here.</summary>
/// <param name="Nodes">The root first.</param>
/// <param name="Messages">In the order of the tree, which is that of their CIDs.</param>
public sealed record RootContents(IReadOnlyList<Block> Nodes, IReadOnlyList<Cid> Messages);

/// <summary>What a change of a thread's set does to its tree.</summary>
public sealed class RootChange
{
    private readonly List<Block> blocks = [];
    private readonly HashSet<Cid> superseded = [];

    /// <summary>The new state.</summary>
    public Cid Root { get; internal set; }

    /// <summary>How many messages it names.</summary>
    public int Count { get; internal set; }

    /// <summary>Nodes to keep.</summary>
    public IReadOnlyList<Block> Blocks => blocks;

    /// <summary>Nodes that are no longer part of the tree.</summary>
    public IReadOnlyCollection<Cid> Superseded => superseded;

    internal Cid Add(RootNode node)
    {
        Block block = node.ToBlock();
        blocks.Add(block);
        // A full shard whose messages all go on with the same byte becomes, unchanged, the one below it.
        superseded.Remove(block.Cid);
        return block.Cid;
    }

    internal void Supersede(Cid node) => superseded.Add(node);
}

using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>What one walk may cost at most.</summary>
/// <param name="Depth">Links below each other.</param>
/// <param name="Blocks">Blocks given.</param>
/// <param name="Bytes">Bytes given.</param>
public readonly record struct DagWalkLimits(int Depth, int Blocks, long Bytes);

/// <summary>A walk that cannot be finished: a block below the root is not to be had, or a limit was met.</summary>
public sealed class DagWalkException(string message) : Exception(message);

/// <summary>
/// Goes through everything below a block, depth first and in the order of the links, as IPFS orders it in a CAR (<c>order=dfs</c>). Only
/// DAG-CBOR leads further. Does not recurse, and reads one block at a time.
/// </summary>
public sealed class DagWalk(IBlockSource source, DagWalkLimits limits)
{
    private readonly HashSet<Cid> seen = [];
    private int blocksLeft = limits.Blocks;
    private long bytesLeft = limits.Bytes;

    /// <summary>Whether a block is given each time it is met. A walk is finite all the same: a block cannot lie below itself.</summary>
    public bool WithRepetitions { get; init; }

    /// <summary>Counts a block that is given outside of the walk, and says whether it is to be given.</summary>
    public bool Take(Block block)
    {
        if (!seen.Add(block.Cid) && !WithRepetitions)
            return false;
        if (--blocksLeft < 0 || (bytesLeft -= block.Data.Length) < 0)
            throw new DagWalkException($"more than {limits.Blocks} blocks or {limits.Bytes} bytes are below it");
        return true;
    }

    /// <summary>The blocks that <paramref name="links"/> name and all below them.</summary>
    /// <exception cref="DagWalkException">While it is gone through.</exception>
    public IEnumerable<Block> Below(IEnumerable<Cid> links)
    {
        var open = new Stack<(Cid Cid, int Depth)>(links.Reverse().Select(cid => (cid, 1)));
        while (open.TryPop(out (Cid Cid, int Depth) at))
        {
            // What an identity name holds stands in the block that names it (Trustless Gateway, "dups").
            if (at.Cid.HashFunction == Multihash.Identity || (!WithRepetitions && seen.Contains(at.Cid)))
                continue;
            Block block = source.Find(at.Cid) ?? throw new DagWalkException($"the block {at.Cid} below it is not here");
            if (!Take(block))
                continue;
            yield return block;
            IReadOnlyList<Cid> below = DagCborLinks.Of(block);
            if (below.Count > 0 && at.Depth == limits.Depth)
                throw new DagWalkException($"more than {limits.Depth} links lie below each other");
            foreach (Cid link in below.Reverse())
                open.Push((link, at.Depth + 1));
        }
    }
}

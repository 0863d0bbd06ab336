namespace Defms.Core.Blocks;

/// <summary>Blocks in memory, for tests and for work that is thrown away. Not safe for several threads at once.</summary>
public sealed class MemoryBlockstore : IBlockstore
{
    private readonly Dictionary<Cid, Block> blocks = [];

    public int Count => blocks.Count;

    public Block? Find(Cid cid) => blocks.GetValueOrDefault(cid);

    public bool Has(Cid cid) => blocks.ContainsKey(cid);

    public int Put(IEnumerable<Block> blocks) => blocks.Count(block => this.blocks.TryAdd(block.Cid, block));

    public void Remove(IEnumerable<Cid> cids)
    {
        foreach (Cid cid in cids)
            blocks.Remove(cid);
    }

    public IEnumerable<Cid> List() => [.. blocks.Keys];
}

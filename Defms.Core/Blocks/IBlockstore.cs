namespace Defms.Core.Blocks;

/// <summary>Gives blocks by name.</summary>
public interface IBlockSource
{
    /// <summary>The block, verified against its name, or null when it is not here (or no longer matches its name).</summary>
    Block? Find(Cid cid);
}

/// <summary>
/// Keeps blocks by name. Safe to call again with what is already there. Whether a write has reached the disk is decided by the
/// transaction around it, where the store has transactions; otherwise when the call returns.
/// </summary>
public interface IBlockstore : IBlockSource
{
    bool Has(Cid cid);

    /// <summary>Keeps blocks; returns how many were new.</summary>
    int Put(IEnumerable<Block> blocks);

    /// <summary>Lets blocks go; names that are not here are passed over.</summary>
    void Remove(IEnumerable<Cid> cids);

    /// <summary>Every name that is kept, each once, in no order.</summary>
    IEnumerable<Cid> List();
}

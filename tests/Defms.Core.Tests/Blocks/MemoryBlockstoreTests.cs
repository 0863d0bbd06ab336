using Defms.Core.Blocks;

namespace Defms.Core.Tests.Blocks;

public sealed class MemoryBlockstoreTests : BlockstoreContract
{
    [Fact]
    public void It_counts_its_blocks()
    {
        var store = new MemoryBlockstore();
        store.Put([Block.Create(Cid.Raw, "1"u8.ToArray()), Block.Create(Cid.Raw, "2"u8.ToArray())]);
        Assert.Equal(2, store.Count);
    }

    protected override IBlockstore Create() => new MemoryBlockstore();
}

using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Blocks;

/// <summary>
/// What every blockstore does. An implementation's tests inherit it: <c>public sealed class XBlockstoreTests : BlockstoreContract
/// { protected override IBlockstore Create() => …; }</c>. A store that holds files is given up when the test class is disposed.
/// </summary>
public abstract class BlockstoreContract
{
    /// <summary>A new store without blocks.</summary>
    protected abstract IBlockstore Create();

    [Fact]
    public void A_block_that_was_put_is_found_whole()
    {
        IBlockstore store = Create();
        Block block = Raw("hello"u8);
        Assert.Equal(1, store.Put([block]));
        Block? found = store.Find(block.Cid);
        Assert.NotNull(found);
        Assert.Equal(block.Cid, found.Cid);
        Assert.Equal(block.Span, found.Span);
        Assert.True(store.Has(block.Cid));
    }

    [Fact]
    public void A_block_that_was_not_put_is_not_found()
    {
        IBlockstore store = Create();
        store.Put([Raw("hello"u8)]);
        Assert.Null(store.Find(Raw("other"u8).Cid));
        Assert.False(store.Has(Raw("other"u8).Cid));
    }

    [Fact]
    public void The_default_name_names_nothing()
    {
        IBlockstore store = Create();
        store.Put([Raw([])]);
        Assert.Null(store.Find(default));
        Assert.False(store.Has(default));
        store.Remove([default]);
        Assert.Single(store.List());
    }

    [Fact]
    public void Put_counts_only_what_is_new()
    {
        IBlockstore store = Create();
        Assert.Equal(0, store.Put([]));
        Assert.Equal(2, store.Put([Raw("1"u8), Raw("2"u8)]));
        Assert.Equal(1, store.Put([Raw("2"u8), Raw("3"u8)]));
        Assert.Equal(1, store.Put([Raw("4"u8), Raw("4"u8), Raw("1"u8)]));
        Assert.Equal(0, store.Put([Raw("4"u8)]));
    }

    [Fact]
    public void The_same_bytes_under_two_codecs_are_two_blocks()
    {
        IBlockstore store = Create();
        byte[] bytes = [0xa0];
        Block raw = Block.Create(Cid.Raw, bytes), structured = Block.Create(Cid.DagCbor, bytes);
        Assert.Equal(2, store.Put([raw, structured]));
        store.Remove([raw.Cid]);
        Assert.False(store.Has(raw.Cid));
        Assert.Equal(structured.Span, store.Find(structured.Cid)!.Span);
    }

    [Fact]
    public void The_empty_and_the_largest_block_are_kept()
    {
        IBlockstore store = Create();
        Block empty = Raw([]), largest = Raw(new byte[Block.MaxLength]);
        Assert.Equal(2, store.Put([empty, largest]));
        Assert.Equal(0, store.Find(empty.Cid)!.Data.Length);
        Assert.Equal(largest.Span, store.Find(largest.Cid)!.Span);
    }

    [Fact]
    public void Names_that_others_made_are_kept_too()
    {
        IBlockstore store = Create();
        Block[] blocks = [.. TestData.VectorRows("codecs/cid.txt", 6).Select(row => Cid.From(TestData.Hex(row[1]))).Distinct().Select(OfHello).OfType<Block>()];
        Assert.True(blocks.Length >= 4);
        Assert.Equal(blocks.Length, store.Put(blocks));
        foreach (Block block in blocks)
            Assert.Equal(block.Span, store.Find(block.Cid)!.Span);
        Assert.Equal(blocks.Select(block => block.Cid).Order(), store.List().Order());
    }

    [Fact]
    public void What_was_removed_is_gone_and_may_come_back()
    {
        IBlockstore store = Create();
        Block kept = Raw("kept"u8), gone = Raw("gone"u8);
        store.Put([kept, gone]);
        store.Remove([gone.Cid, gone.Cid, Raw("never there"u8).Cid]);
        Assert.Null(store.Find(gone.Cid));
        Assert.False(store.Has(gone.Cid));
        Assert.Equal([kept.Cid], store.List());
        Assert.Equal(1, store.Put([gone]));
        Assert.Equal(gone.Span, store.Find(gone.Cid)!.Span);
    }

    [Fact]
    public void List_names_every_block_once()
    {
        IBlockstore store = Create();
        Assert.Empty(store.List());
        Block[] blocks = [.. Enumerable.Range(0, 2_000).Select(i => Raw(BitConverter.GetBytes(i)))];
        Assert.Equal(blocks.Length, store.Put(blocks));
        store.Put(blocks);
        Assert.Equal(blocks.Select(block => block.Cid).Order(), store.List().Order());
    }

    [Fact]
    public void A_store_may_be_changed_while_its_names_are_gone_through()
    {
        IBlockstore store = Create();
        store.Put(Enumerable.Range(0, 10).Select(i => Raw(BitConverter.GetBytes(i))));
        foreach (Cid cid in store.List())
            store.Remove([cid]);
        Assert.Empty(store.List());
    }

    [Fact]
    public void Any_sequence_of_calls_ends_as_in_a_plain_table()
    {
        Seeded.Check(20, random =>
        {
            IBlockstore store = Create();
            var expected = new Dictionary<Cid, byte[]>();
            for (int step = 0; step < 100; step++)
                Step(store, expected, random);
            Assert.Equal(expected.Keys.Order(), store.List().Order());
            foreach ((Cid cid, byte[] bytes) in expected)
                Assert.Equal(bytes, store.Find(cid)!.Span);
        });
    }

    private static void Step(IBlockstore store, Dictionary<Cid, byte[]> expected, Random random)
    {
        Block[] some = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Raw([(byte)random.Next(32)]))];
        if (random.Next(3) == 0)
        {
            store.Remove(some.Select(block => block.Cid));
            foreach (Block block in some)
                expected.Remove(block.Cid);
        }
        else
        {
            int added = some.Count(block => expected.TryAdd(block.Cid, block.Data.ToArray()));
            Assert.Equal(added, store.Put(some));
        }
        Cid any = Raw([(byte)random.Next(32)]).Cid;
        Assert.Equal(expected.ContainsKey(any), store.Has(any));
        Assert.Equal(expected.ContainsKey(any), store.Find(any) is not null);
    }

    private static Block? OfHello(Cid cid) => Block.TryVerify(cid, "hello"u8.ToArray(), out Block? block) ? block : null;

    private static Block Raw(ReadOnlySpan<byte> bytes) => Block.Create(Cid.Raw, bytes.ToArray());
}

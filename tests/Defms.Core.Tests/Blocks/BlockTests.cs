using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Core.Tests.Blocks;

public sealed class BlockTests
{
    [Fact]
    public void A_block_of_our_own_is_named_by_its_bytes()
    {
        Block block = Block.Create(Cid.Raw, "hello"u8.ToArray());
        Assert.Equal("bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq", block.Cid.ToString());
        Assert.Equal("hello"u8, block.Span);
    }

    [Fact]
    public void Bytes_pass_the_gate_only_under_their_name()
    {
        Cid cid = Cid.Of(Cid.Raw, "hello"u8);
        Assert.True(Block.TryVerify(cid, "hello"u8.ToArray(), out Block? block));
        Assert.Equal(cid, block.Cid);
        Assert.False(Block.TryVerify(cid, "hellO"u8.ToArray(), out Block? refused));
        Assert.Null(refused);
        Assert.False(Block.TryVerify(default, Array.Empty<byte>(), out _));
    }

    [Fact]
    public void The_largest_block_passes_and_one_byte_more_does_not()
    {
        byte[] largest = new byte[Block.MaxLength];
        Assert.True(Block.TryVerify(Block.Create(Cid.Raw, largest).Cid, largest, out _));
        byte[] larger = new byte[Block.MaxLength + 1];
        Assert.False(Block.TryVerify(Cid.Of(Cid.Raw, larger), larger, out _));
        Assert.Throws<ArgumentException>(() => Block.Create(Cid.Raw, larger));
    }

    [Fact]
    public void Links_are_found_in_order_in_structured_blocks_alone()
    {
        Cid first = Cid.Of(Cid.Raw, "1"u8), second = Cid.Of(Cid.DagCbor, "2"u8);
        byte[] bytes = new DagCborWriter().Map(2).Key("a"u8).Array(2).Link(second).Link(first).Key("b"u8).Link(second).ToArray();
        Assert.Equal([second, first, second], DagCborLinks.Of(Block.Create(Cid.DagCbor, bytes)));
        Assert.Empty(DagCborLinks.Of(Block.Create(Cid.Raw, bytes)));
        Assert.Empty(DagCborLinks.Of(Block.Create(Cid.DagCbor, (byte[])[.. bytes, 0])));
    }
}

using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Core.Tests.Blocks;

public sealed class BlockKindTests
{
    [Fact]
    public void The_kind_at_the_top_is_told_whatever_stands_before_it()
    {
        byte[] bytes = new DagCborWriter().Map(3)
            .Key("v"u8).Int(1)
            .Key("aaa"u8).Array(2).Map(1).Key("kind"u8).Text("inner").Array(0)
            .Key("kind"u8).Text("outer").ToArray();
        Assert.True(DagCborTokens.IsValid(bytes, out string? error), error);
        Assert.Equal("outer", BlockKind.Of(Block.Create(Cid.DagCbor, bytes)));
    }

    [Fact]
    public void A_block_without_a_kind_of_its_own_has_none()
    {
        byte[] inner = new DagCborWriter().Map(1).Key("a"u8).Map(1).Key("kind"u8).Text("inner").ToArray();
        byte[] number = new DagCborWriter().Map(1).Key("kind"u8).Int(1).ToArray();
        Assert.Null(BlockKind.Of(Block.Create(Cid.DagCbor, inner)));
        Assert.Null(BlockKind.Of(Block.Create(Cid.DagCbor, number)));
        Assert.Null(BlockKind.Of(Block.Create(Cid.DagCbor, new byte[] { 1 })));
        Assert.Null(BlockKind.Of(Block.Create(Cid.DagCbor, Array.Empty<byte>())));
        Assert.Null(BlockKind.Of(Block.Create(Cid.Raw, number)));
    }
}

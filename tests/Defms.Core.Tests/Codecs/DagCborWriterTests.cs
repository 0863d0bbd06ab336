using Defms.Core.Codecs;

namespace Defms.Core.Tests.Codecs;

/// <summary>A caller that would write something other than canonical DAG-CBOR hears of it at once.</summary>
public sealed class DagCborWriterTests
{
    [Fact]
    public void Keys_out_of_order_or_repeated_are_the_callers_fault()
    {
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(2).Key("b"u8).Int(1).Key("a"u8));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(2).Key("aa"u8).Int(1).Key("b"u8));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(2).Key("a"u8).Int(1).Key("a"u8));
    }

    [Fact]
    public void The_order_of_keys_is_kept_apart_for_each_map()
    {
        byte[] written = new DagCborWriter().Map(2).Key("b"u8).Map(1).Key("a"u8).Int(1).Key("c"u8).Null().ToArray();
        Assert.Equal("a26162a16161016163f6", Convert.ToHexStringLower(written));
    }

    [Fact]
    public void A_container_not_filled_cannot_be_taken_out()
    {
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().ToArray());
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Array(2).Int(1).ToArray());
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(1).Key("a"u8).ToArray());
    }

    [Fact]
    public void Nothing_fits_behind_a_whole_value()
    {
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Int(1).Int(2));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Array(0).Int(2));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(1).Key("a"u8).Int(1).Key("b"u8));
    }

    [Fact]
    public void A_map_takes_a_key_and_a_value_in_turn()
    {
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(1).Int(1));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Map(1).Key("a"u8).Key("b"u8));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Array(1).Key("a"u8));
        Assert.Throws<InvalidOperationException>(() => new DagCborWriter().Key("a"u8));
    }

    [Fact]
    public void What_no_reader_would_take_is_not_written()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DagCborWriter().Float(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DagCborWriter().Float(double.NegativeInfinity));
        Assert.Throws<ArgumentException>(() => new DagCborWriter().Text([0xff]));
        Assert.Throws<ArgumentException>(() => new DagCborWriter().Map(1).Key([0xff]));
        Assert.Throws<ArgumentException>(() => new DagCborWriter().Link([]));
        Assert.Throws<ArgumentException>(() => new DagCborWriter().Link([1, 0x71, 0, 0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DagCborWriter().Array(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DagCborWriter().Map(-1));
    }

    [Fact]
    public void A_value_deeper_than_readers_take_is_not_written()
    {
        var writer = new DagCborWriter();
        for (int depth = 0; depth < DagCborTokens.MaxDepth; depth++)
            writer.Array(1);
        Assert.Throws<InvalidOperationException>(() => writer.Array(0));
    }

    [Theory]
    [InlineData(long.MinValue, "3b7fffffffffffffff")]
    [InlineData(-25, "3818")]
    [InlineData(-24, "37")]
    [InlineData(-1, "20")]
    [InlineData(0, "00")]
    [InlineData(24, "1818")]
    [InlineData(long.MaxValue, "1b7fffffffffffffff")]
    public void Integers_are_written_in_the_fewest_bytes_and_read_back(long value, string hex)
    {
        byte[] written = new DagCborWriter().Int(value).ToArray();
        Assert.Equal(hex, Convert.ToHexStringLower(written));
        var reader = new DagCborReader(written);
        Assert.Equal(value, reader.ReadInt64());
        Assert.True(reader.End());
    }
}

using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Codecs;

public sealed class DagCborTokensTests
{
    [Fact]
    public void Every_vector_is_taken_and_encoded_again_to_the_same_bytes_and_name()
    {
        foreach (string[] row in TestData.VectorRows("codecs/dag-cbor.txt", 3))
        {
            byte[] bytes = TestData.Hex(row[0]);
            byte[]? again = DagCborCopy.TryEncodeAgain(bytes, out string? error);
            Assert.True(again is not null, $"{row[2]}: {error}");
            Assert.Equal(bytes, again);
            Assert.Equal(row[1], Cid.Of(Cid.DagCbor, again).ToString());
        }
    }

    [Fact]
    public void Every_refused_vector_is_refused_with_a_reason()
    {
        foreach (string[] row in TestData.VectorRows("codecs/dag-cbor-refused.txt", 2))
        {
            Assert.False(DagCborTokens.IsValid(TestData.Hex(row[0]), out string? error), row[1]);
            Assert.False(string.IsNullOrWhiteSpace(error), row[1]);
        }
    }

    [Fact]
    public void A_refused_value_stays_refused()
    {
        var tokens = new DagCborTokens([0x82, 0x01, 0xff]);
        Assert.True(tokens.Next());
        Assert.True(tokens.Next());
        Assert.False(tokens.Next());
        string? error = tokens.Error;
        Assert.False(tokens.Next());
        Assert.Equal(error, tokens.Error);
    }

    [Theory]
    [InlineData(new byte[] { 0x81 })]
    [InlineData(new byte[] { 0xa1, 0x60 })]
    [InlineData(new byte[] { 0x82, 0x00 })]
    public void A_million_containers_inside_each_other_are_refused_at_once(byte[] open)
    {
        byte[] bytes = new byte[1_000_000 * open.Length + 1];
        for (int at = 0; at + open.Length < bytes.Length; at += open.Length)
            open.CopyTo(bytes, at);
        bytes[^1] = 0x80;
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(DagCborTokens.IsValid(bytes, out string? error));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocatedBefore, 0, 256 * 1024);
        Assert.Equal("is nested too deep", error);
    }

    [Fact]
    public void The_deepest_value_is_taken_and_one_deeper_is_not()
    {
        byte[] deepest = [.. Enumerable.Repeat((byte)0x81, DagCborTokens.MaxDepth - 1), 0x80];
        Assert.True(DagCborTokens.IsValid(deepest, out _));
        Assert.False(DagCborTokens.IsValid([0x81, .. deepest], out _));
    }

    [Fact]
    public void Ten_thousand_containers_side_by_side_are_no_depth()
    {
        byte[] flat = [0x99, 0x27, 0x10, .. Enumerable.Repeat((byte)0xa0, 10_000)];
        Assert.True(DagCborTokens.IsValid(flat, out string? error), error);
    }

    [Theory]
    [InlineData("9b7fffffffffffffff")]
    [InlineData("bb7fffffffffffffff")]
    [InlineData("9a7fffffff")]
    [InlineData("5b7fffffffffffffff")]
    [InlineData("7a7fffffff")]
    public void A_huge_count_reserves_no_memory(string hex)
    {
        byte[] bytes = [.. Convert.FromHexString(hex), .. new byte[100]];
        DagCborTokens.IsValid(bytes, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(DagCborTokens.IsValid(bytes, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void Random_values_are_read_as_they_were_written()
    {
        Seeded.Check(2_000, random =>
        {
            var writer = new DagCborWriter();
            RandomDagCbor.Write(writer, random, depth: 5);
            byte[] written = writer.ToArray();
            Assert.Equal(written, DagCborCopy.TryEncodeAgain(written, out string? error));
            Assert.Null(error);
        });
    }

    [Fact]
    public void Random_bytes_never_throw_and_what_is_taken_has_one_encoding()
    {
        Seeded.Check(200_000, random =>
        {
            byte[] bytes = random.Bytes(random.Next(1, 24));
            bytes[0] = Starts[random.Next(Starts.Length)];
            if (DagCborCopy.TryEncodeAgain(bytes, out _) is { } again)
                Assert.Equal(bytes, again);
        });
    }

    private static ReadOnlySpan<byte> Starts => [0x81, 0x82, 0x83, 0xa1, 0xa2, 0x61, 0x62, 0x41, 0x18, 0x19, 0x38, 0xd8, 0xfb, 0x58, 0x78];
}

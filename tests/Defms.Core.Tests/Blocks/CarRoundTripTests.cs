using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Blocks;

public sealed class CarRoundTripTests
{
    /// <summary>Lengths around which the reader's buffer, the writer's and the length's own bytes change.</summary>
    private static readonly int[] Edges = [0, 1, 91, 92, 127, 128, 4096, 16_347, 16_348, 16_384, 16_385, 32_728, 32_729, 32_768, 65_536];

    [Fact]
    public async Task What_is_written_is_read_in_pieces_of_any_size()
    {
        await Seeded.CheckAsync(300, async random =>
        {
            Block[] blocks = [.. Enumerable.Range(0, random.Next(12)).Select(_ => RandomBlock(random))];
            Cid[] roots = [.. blocks.Where(_ => random.Next(3) == 0).Select(block => block.Cid)];
            byte[] car = await CarContent.WriteAsync(roots, blocks);
            int piece = random.Next(3) switch { 0 => random.Next(1, 50), 1 => random.Next(1, 40_000), _ => int.MaxValue };
            CarContent content = await CarContent.ReadAsync(car, piece);
            content.AssertWholeAndSame(roots, blocks.Select(block => block.Cid), $"pieces of {piece}");
            foreach ((Block written, Block read) in blocks.Zip(content.Blocks))
                Assert.Equal(written.Span, read.Span);
        });
    }

    [Fact]
    public async Task The_length_of_a_section_is_what_it_takes()
    {
        int empty = (await CarContent.WriteAsync([], [])).Length;
        foreach (int length in Edges)
        {
            Block block = Block.Create(Cid.Raw, new byte[length]);
            Assert.Equal(empty + CarWriter.SectionLength(block), (await CarContent.WriteAsync([], [block])).Length);
        }
    }

    [Fact]
    public async Task Random_bytes_never_throw()
    {
        byte[] start = await CarContent.WriteAsync([], []);
        await Seeded.CheckAsync(20_000, async random =>
        {
            byte[] tail = random.Bytes(random.Next(200));
            if (tail.Length > 5)
                new byte[] { (byte)(tail.Length - 1), 1, 0x55, 0, (byte)random.Next(12) }.CopyTo(tail, 0);
            CarContent content = await CarContent.ReadAsync(random.Next(4) == 0 ? tail : (byte[])[.. start, .. tail]);
            Assert.All(content.Blocks, block => Assert.True(block.Cid.Names(block.Span)));
        });
    }

    private static Block RandomBlock(Random random)
    {
        byte[] data = random.Bytes(random.Next(2) == 0 ? Edges[random.Next(Edges.Length)] : random.Next(300));
        ulong function = random.Next(4) switch { 0 => Multihash.Sha2512, 1 => Multihash.Blake2b256, 2 when data.Length < 128 => Multihash.Identity, _ => Multihash.Sha2256 };
        Assert.True(Multihash.TryDigest(function, data, out byte[] digest));
        Cid cid = Cid.From([1, (byte)(random.Next(2) == 0 ? Cid.Raw : Cid.DagCbor), .. Multihash.Encode(function, digest)]);
        Assert.True(Block.TryVerify(cid, data, out Block? block));
        return block;
    }
}

using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>CARs: every block that comes out matches its name, and what is read whole is what would be written.</summary>
public sealed class CarFuzzTests
{
    private static readonly CarBudget Budget = new(64, 48 * 1024);

    [Fact]
    public void Whatever_is_read_gives_only_blocks_that_match_their_names_and_is_written_again_alike()
    {
        List<byte[]> objects = [.. Vectors.Objects().Take(40)];
        List<byte[]> seeds = [.. Vectors.Rows("codecs/car.txt"), .. Vectors.Rows("codecs/car-refused.txt"), .. Enumerable.Range(0, 30).Select(seed => Make(new Random(seed), objects))];
        new Fuzzer("car", seeds, (random, corpus) => Grow(random, corpus, objects), Read).Run();
    }

    private static byte[] Make(Random random, List<byte[]> objects)
    {
        List<Block> blocks = [.. Enumerable.Range(0, random.Next(6)).Select(_ => Any(random, objects))];
        return CarContent.WriteAsync([.. blocks.Take(1).Select(block => block.Cid)], blocks).GetAwaiter().GetResult();
    }

    private static Block Any(Random random, List<byte[]> objects) =>
        random.Next(2) == 0 ? Block.Create(Cid.Raw, random.Bytes(random.Next(300))) : Block.Create(Cid.DagCbor, objects[random.Next(objects.Count)]);

    /// <summary>Edits between sections, in their lengths and names, in the header, and blind ones.</summary>
    private static byte[] Grow(Random random, Corpus corpus, List<byte[]> objects)
    {
        if (random.Next(20) == 0)
            return Make(random, objects);
        List<byte[]> sections = Sections(corpus.Pick(random));
        for (int edits = 1 + random.Next(3); edits > 0 && sections.Count > 0; edits--)
            Edit(sections, random, corpus);
        var octets = new List<byte>(sections.SelectMany(section => section));
        if (random.Next(3) == 0)
            OctetEdits.Edit(octets, random, corpus);
        return [.. octets];
    }

    private static void Edit(List<byte[]> sections, Random random, Corpus corpus)
    {
        int at = random.Next(sections.Count);
        switch (random.Next(6))
        {
            case 0:
                sections.RemoveAt(at);
                break;
            case 1:
                sections.Insert(random.Next(sections.Count + 1), sections[at]);
                break;
            case 2:
                List<byte[]> others = Sections(corpus.Pick(random));
                if (others.Count > 0)
                    sections.Insert(random.Next(sections.Count + 1), others[random.Next(others.Count)]);
                break;
            case 3:
                // Another length in front of the same bytes, in its shortest form or not.
                Varint.TryRead(sections[at], out ulong length, out int head);
                byte[] varint = [.. Encoded(random.Next(3) switch { 0 => length + 1, 1 => length - 1, _ => (ulong)random.NextInt64() >> random.Next(64) })];
                if (random.Next(3) == 0)
                    varint = [.. varint[..^1], (byte)(varint[^1] | 0x80), 0];
                sections[at] = [.. varint, .. sections[at].AsSpan(Math.Min(head, sections[at].Length))];
                break;
            case 4:
                // A section with a right length whose inside was edited.
                Varint.TryRead(sections[at], out _, out int skipped);
                var inside = new List<byte>(sections[at][Math.Min(skipped, sections[at].Length)..]);
                OctetEdits.Edit(inside, random, corpus);
                sections[at] = [.. Encoded((ulong)inside.Count), .. inside];
                break;
            default:
                sections.Reverse(0, sections.Count);
                break;
        }
    }

    private static List<byte[]> Sections(byte[] car)
    {
        var sections = new List<byte[]>();
        for (int at = 0; at < car.Length;)
        {
            int length = Varint.TryRead(car.AsSpan(at), out ulong value, out int head) && value < (ulong)car.Length ? head + (int)value : car.Length - at;
            length = Math.Min(length, car.Length - at);
            sections.Add(car[at..(at + length)]);
            at += length;
        }
        return sections;
    }

    private static IEnumerable<byte> Encoded(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }

    private static string Read(byte[] input)
    {
        CarContent content = CarContent.ReadAsync(input, budget: Budget).GetAwaiter().GetResult();
        CarContent again = CarContent.ReadAsync(input, piece: 1 + (input.Length % 7), Budget).GetAwaiter().GetResult();
        Assert.Equal(content.Error, again.Error);
        Assert.Equal(content.Blocks.Select(block => block.Cid), again.Blocks.Select(block => block.Cid));
        Assert.All(content.Blocks, block => Assert.True(block.Cid.Names(block.Span)));
        Assert.InRange(content.Blocks.Count, 0, (int)Budget.Blocks);
        bool isVersion2 = input.AsSpan().StartsWith("\u000a\u00a1gversion\u0002"u8) || (input.Length > 10 && input[0] == 0x0a && input[10] == 2);
        if (content.Error is null && !isVersion2)
            Assert.Equal(input, CarContent.WriteAsync(content.Roots, content.Blocks).GetAwaiter().GetResult());
        return $"{Outcome.Of(content.Error)} {content.IsOverBudget} {content.Roots.Count} {content.Blocks.Count} {isVersion2}";
    }
}

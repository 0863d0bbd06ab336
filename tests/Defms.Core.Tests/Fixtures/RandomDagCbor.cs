using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Core.Tests.Fixtures;

/// <summary>Makes any DAG-CBOR value by chance, leaning to the edges of lengths and numbers.</summary>
internal static class RandomDagCbor
{
    private static readonly ulong[] Edges = [0, 23, 24, 255, 256, 65_535, 65_536, uint.MaxValue, uint.MaxValue + 1UL, long.MaxValue, ulong.MaxValue];

    public static DagCborWriter Write(DagCborWriter writer, Random random, int depth) => random.Next(depth > 0 ? 11 : 9) switch
    {
        0 => writer.Unsigned(Number(random)),
        1 => writer.Negative(Number(random)),
        2 => writer.Bytes(random.Bytes(Length(random))),
        3 => writer.Text(Text(random)),
        4 => writer.Bool(true),
        5 => writer.Bool(false),
        6 => writer.Null(),
        7 => writer.Float(Finite(random)),
        8 => writer.Link(Cid.Of(random.Next(2) == 0 ? Cid.Raw : Cid.DagCbor, random.Bytes(4))),
        9 => WriteArray(writer, random, depth),
        _ => WriteMap(writer, random, depth),
    };

    private static DagCborWriter WriteArray(DagCborWriter writer, Random random, int depth)
    {
        int count = random.Next(7) == 0 ? 30 : random.Next(5);
        writer.Array(count);
        for (int i = 0; i < count; i++)
            Write(writer, random, depth - 1);
        return writer;
    }

    private static DagCborWriter WriteMap(DagCborWriter writer, Random random, int depth)
    {
        IEnumerable<byte[]> keys = Enumerable.Range(0, random.Next(6)).Select(_ => System.Text.Encoding.UTF8.GetBytes(Text(random)));
        byte[][] sorted = [.. keys.DistinctBy(Convert.ToHexString).OrderBy(key => key.Length).ThenBy(Convert.ToHexString, StringComparer.Ordinal)];
        writer.Map(sorted.Length);
        foreach (byte[] key in sorted)
            Write(writer.Key(key), random, depth - 1);
        return writer;
    }

    private static ulong Number(Random random) => random.Next(2) == 0 ? Edges[random.Next(Edges.Length)] : (ulong)random.NextInt64() >> random.Next(64);

    private static int Length(Random random) => random.Next(6) switch { 0 => 23, 1 => 24, 2 => 255, 3 => 256, _ => random.Next(40) };

    private static double Finite(Random random)
    {
        double value = BitConverter.Int64BitsToDouble(random.NextInt64());
        return double.IsFinite(value) ? value : -0.0;
    }

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => random.Next(4) switch { 0 => "é", 1 => "水", 2 => "𐅑", _ => "a" }));
}

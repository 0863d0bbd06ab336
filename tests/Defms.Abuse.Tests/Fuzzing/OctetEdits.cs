using System.Buffers.Binary;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Edits that know nothing of what they edit.</summary>
internal static class OctetEdits
{
    private static readonly byte[] Edges = [0, 1, 0x17, 0x18, 0x1f, 0x20, 0x7f, 0x80, 0xfe, 0xff];

    private static readonly long[] Numbers = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, uint.MaxValue, long.MaxValue, long.MinValue];

    public static void Edit(List<byte> octets, Random random, Corpus corpus)
    {
        int at = random.Next(octets.Count + 1), length = Math.Min(1 + random.Next(random.Next(8) == 0 ? 200 : 8), octets.Count - at);
        switch (random.Next(8))
        {
            case 0 when at < octets.Count:
                octets[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < octets.Count:
                octets[at] = Edges[random.Next(Edges.Length)];
                break;
            case 2:
                octets.RemoveRange(at, length);
                break;
            case 3:
                octets.InsertRange(at, octets.GetRange(at, length));
                break;
            case 4:
                byte[] other = corpus.Pick(random);
                int start = random.Next(other.Length + 1);
                octets.InsertRange(at, other[start..Math.Min(other.Length, start + random.Next(200))]);
                break;
            case 5:
                octets.RemoveRange(at, octets.Count - at);
                break;
            case 6:
                WriteNumber(octets, at, random);
                break;
            default:
                octets.Insert(at, Edges[random.Next(Edges.Length)]);
                break;
        }
    }

    private static void WriteNumber(List<byte> octets, int at, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, Numbers[random.Next(Numbers.Length)]);
        int width = 1 << random.Next(4);
        for (int i = 0; i < width && at + i < octets.Count; i++)
            octets[at + i] = number[8 - width + i];
    }
}

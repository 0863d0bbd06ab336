using System.Text;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Edits of protocols and mail that are written in lines: whole lines, words of them, and fragments of the grammar.</summary>
internal sealed class LineEdits(string[] fragments)
{
    private static readonly string[] Numbers = ["0", "1", "-1", "00", "7", "255", "65536", "2147483648", "4294967295", "4294967296", "9223372036854775808", "99999999999999999999", ""];

    private readonly byte[][] pieces = [.. fragments.Select(Encoding.Latin1.GetBytes)];

    public byte[] Grow(Random random, Corpus corpus)
    {
        byte[] octets = corpus.Pick(random);
        for (int edits = 1 + random.Next(5); edits > 0; edits--)
            octets = Edit(octets, random, corpus);
        return octets;
    }

    private byte[] Edit(byte[] octets, Random random, Corpus corpus)
    {
        var list = new List<byte>(octets);
        if (random.Next(4) == 0)
        {
            OctetEdits.Edit(list, random, corpus);
            return [.. list];
        }
        int at = random.Next(list.Count + 1);
        (int start, int end) = Line(octets, at);
        byte[] line = octets[start..end];
        switch (random.Next(8))
        {
            case 0:
                list.RemoveRange(start, line.Length);
                break;
            case 1:
                list.InsertRange(start, line);
                break;
            case 2:
                // To another place.
                list.RemoveRange(start, line.Length);
                list.InsertRange(Line([.. list], random.Next(list.Count + 1)).Start, line);
                break;
            case 3:
                byte[] other = corpus.Pick(random);
                (int from, int to) = Line(other, random.Next(other.Length + 1));
                list.InsertRange(start, other[from..to]);
                break;
            case 4:
                ReplaceNumber(list, at, random);
                break;
            case 5:
                byte[] piece = pieces[random.Next(pieces.Length)];
                for (int times = random.Next(12) == 0 ? random.Next(60) : 1; times > 0; times--)
                    list.InsertRange(at, piece);
                break;
            case 6:
                list.InsertRange(start, pieces[random.Next(pieces.Length)]);
                break;
            default:
                list.InsertRange(at, Enumerable.Repeat((byte)"x (<\""[random.Next(5)], random.Next(random.Next(10) == 0 ? 3000 : 80)));
                break;
        }
        return [.. list];
    }

    private static void ReplaceNumber(List<byte> list, int at, Random random)
    {
        int digit = list.FindIndex(at, octet => octet is >= (byte)'0' and <= (byte)'9');
        if (digit < 0)
            return;
        int end = digit;
        while (end < list.Count && list[end] is >= (byte)'0' and <= (byte)'9')
            end++;
        list.RemoveRange(digit, end - digit);
        list.InsertRange(digit, Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]));
    }

    /// <summary>The line that holds a place, with its end.</summary>
    private static (int Start, int End) Line(byte[] octets, int at)
    {
        int start = at == 0 ? 0 : Array.LastIndexOf(octets, (byte)'\n', at - 1) + 1;
        int end = at >= octets.Length ? -1 : Array.IndexOf(octets, (byte)'\n', at);
        return (start, end < 0 ? octets.Length : end + 1);
    }
}

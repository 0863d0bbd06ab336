using System.Buffers.Binary;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Edits that know where the items of a CBOR value lie: fields go, come twice, change places, grow other heads.</summary>
internal static class CborEdits
{
    /// <summary>More are not looked for: enough for every object of ours.</summary>
    private const int MaxItems = 512;

    private static readonly ulong[] Edges = [0, 1, 23, 24, 255, 256, 65_535, 65_536, uint.MaxValue, (ulong)uint.MaxValue + 1, long.MaxValue, ulong.MaxValue];

    /// <summary>An input with one to four edits, some of them blind.</summary>
    public static byte[] Grow(Random random, Corpus corpus)
    {
        var octets = new List<byte>(corpus.Pick(random));
        for (int edits = 1 + random.Next(4); edits > 0; edits--)
        {
            if (random.Next(4) == 0)
                OctetEdits.Edit(octets, random, corpus);
            else
                Edit(octets, random, corpus);
        }
        return [.. octets];
    }

    private static void Edit(List<byte> octets, Random random, Corpus corpus)
    {
        List<Item> items = Items([.. octets]);
        if (items.Count == 0)
            return;
        Item item = items[random.Next(items.Count)], other = items[random.Next(items.Count)];
        byte[] bytes = [.. octets.GetRange(item.Start, item.Length)];
        switch (random.Next(8))
        {
            case 0:
                octets.RemoveRange(item.Start, item.Length);
                break;
            case 1:
                octets.InsertRange(item.Start, bytes);
                break;
            case 2 when other.Start >= item.Start + item.Length:
                byte[] later = [.. octets.GetRange(other.Start, other.Length)];
                Replace(octets, other, bytes);
                Replace(octets, item, later);
                break;
            case 3:
                byte[] stranger = corpus.Pick(random);
                List<Item> strangers = Items(stranger);
                if (strangers.Count > 0 && strangers[random.Next(strangers.Count)] is var taken)
                    Replace(octets, item, stranger[taken.Start..(taken.Start + taken.Length)]);
                break;
            case 4:
                Replace(octets, item with { Length = item.Head }, Head((byte)random.Next(8), item.Argument, random.Next(5)));
                break;
            case 5:
                Replace(octets, item with { Length = item.Head }, Head(item.Major, Edges[random.Next(Edges.Length)], 0));
                break;
            case 6:
                Replace(octets, item with { Length = item.Head }, Head(item.Major, item.Argument + (ulong)random.Next(3) - 1, random.Next(5)));
                break;
            default:
                octets.InsertRange(item.Start, Enumerable.Repeat((byte)(random.Next(2) == 0 ? 0x81 : 0xa1), 1 + random.Next(random.Next(20) == 0 ? 1100 : 4)));
                break;
        }
    }

    private static void Replace(List<byte> octets, Item item, byte[] by)
    {
        octets.RemoveRange(item.Start, item.Length);
        octets.InsertRange(item.Start, by);
    }

    /// <param name="width">0 for the shortest, else a head of 1 &lt;&lt; (width - 1) more bytes, which need not be the shortest.</param>
    private static byte[] Head(byte major, ulong argument, int width)
    {
        if (width == 0)
            width = argument < 24 ? 0 : argument <= byte.MaxValue ? 1 : argument <= ushort.MaxValue ? 2 : argument <= uint.MaxValue ? 3 : 4;
        if (width == 0)
            return [(byte)(major << 5 | (int)argument)];
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, argument);
        return [(byte)(major << 5 | 23 + width), .. number[(8 - (1 << (width - 1)))..]];
    }

    /// <summary>The items as far as the bytes are CBOR; a container's length is that of all below it.</summary>
    private static List<Item> Items(ReadOnlySpan<byte> bytes)
    {
        var items = new List<Item>();
        var open = new Stack<(int Index, ulong Left)>();
        int at = 0;
        while (at < bytes.Length && items.Count < MaxItems)
        {
            if (!TryHead(bytes[at..], out byte major, out ulong argument, out int head))
                break;
            ulong content = major is 2 or 3 ? argument : 0;
            if (content > (ulong)(bytes.Length - at - head))
                break;
            items.Add(new Item(at, head + (int)content, head, major, argument));
            at += head + (int)content;
            ulong children = major switch { 4 => argument, 5 => argument * 2, 6 => 1, _ => 0 };
            if (children > 0 && children < MaxItems)
                open.Push((items.Count - 1, children));
            else
                Close(items, open, at);
        }
        return items;
    }

    private static void Close(List<Item> items, Stack<(int Index, ulong Left)> open, int end)
    {
        while (open.TryPop(out (int Index, ulong Left) top))
        {
            if (top.Left > 1)
            {
                open.Push((top.Index, top.Left - 1));
                return;
            }
            items[top.Index] = items[top.Index] with { Length = end - items[top.Index].Start };
        }
    }

    private static bool TryHead(ReadOnlySpan<byte> bytes, out byte major, out ulong argument, out int head)
    {
        major = (byte)(bytes[0] >> 5);
        int info = bytes[0] & 31, width = info is >= 24 and <= 27 ? 1 << (info - 24) : 0;
        head = 1 + width;
        argument = (ulong)info;
        if (info > 27 || bytes.Length < head)
            return false;
        if (width > 0)
        {
            argument = 0;
            foreach (byte octet in bytes.Slice(1, width))
                argument = argument << 8 | octet;
        }
        return true;
    }

    /// <param name="Length">With all that lies inside.</param>
    /// <param name="Head">Length of the head alone.</param>
    private readonly record struct Item(int Start, int Length, int Head, byte Major, ulong Argument);
}

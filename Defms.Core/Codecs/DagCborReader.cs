using System.Text;
using System.Text.Unicode;

namespace Defms.Core.Codecs;

/// <summary>
/// Reads one object of a known schema from DAG-CBOR. The caller asks for the fields in canonical order, so a map that is out of order,
/// repeats a key or holds one the schema does not know does not match. The first fault sticks: every later read returns nothing, and
/// <see cref="End"/> is false. No exception is thrown for any input.
/// </summary>
public ref struct DagCborReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> source = source;
    private int position;

    /// <summary>What was wrong, as words that follow the name of the object ("has ..."); null while nothing is.</summary>
    public string? Error { get; private set; }

    public readonly bool Failed => Error is not null;

    /// <summary>How far the reader is, in bytes from the start.</summary>
    public readonly int Position => position;

    /// <summary>True when the value was read whole, matched, and nothing stands behind it.</summary>
    public bool End()
    {
        if (!Failed && position != source.Length)
            Fail("has bytes behind its end");
        return !Failed;
    }

    /// <summary>Marks the object as refused; the first reason stays.</summary>
    public void Fail(string reason)
    {
        Error ??= reason;
        position = source.Length;
    }

    /// <summary>Opens a map and returns its number of pairs, which <see cref="Key"/> and <see cref="OptionalKey"/> count down.</summary>
    public int ReadMap() => ReadCount(DagCborHead.Map, 2, "has something else where a map must be");

    /// <summary>Opens an array of at most <paramref name="limit"/> elements.</summary>
    public int ReadArray(int limit)
    {
        int count = ReadCount(DagCborHead.Array, 1, "has something else where an array must be");
        if (count <= limit)
            return count;
        Fail($"has a list longer than {limit}");
        return 0;
    }

    /// <summary>Reads the key <paramref name="name"/>, which must come next.</summary>
    public void Key(ReadOnlySpan<byte> name, ref int remaining)
    {
        if (!OptionalKey(name, ref remaining))
            Fail($"lacks the field '{Encoding.UTF8.GetString(name)}' or has one it does not know before it");
    }

    /// <summary>Reads the key <paramref name="name"/> if it comes next.</summary>
    public bool OptionalKey(ReadOnlySpan<byte> name, ref int remaining)
    {
        if (Failed || remaining <= 0
            || !DagCborHead.TryRead(source[position..], out DagCborHead head, out int length)
            || head.Major != DagCborHead.Text || head.Argument != (ulong)name.Length
            || !source[(position + length)..].StartsWith(name))
            return false;
        position += length + name.Length;
        remaining--;
        return true;
    }

    /// <summary>Closes a map: nothing may be left in it.</summary>
    public void EndMap(int remaining)
    {
        if (remaining != 0)
            Fail("has a field it does not know");
    }

    public ulong ReadUnsigned()
    {
        DagCborHead head = ReadHead(DagCborHead.Unsigned, "has something else where a whole number must be");
        return head.Argument;
    }

    /// <summary>A whole number of at most <paramref name="limit"/>.</summary>
    public int ReadInt32(int limit = int.MaxValue)
    {
        ulong value = ReadUnsigned();
        if (value <= (ulong)limit)
            return (int)value;
        Fail($"has a number above {limit}");
        return 0;
    }

    /// <summary>A whole number that may be negative.</summary>
    public long ReadInt64()
    {
        bool negative = !Failed && position < source.Length && source[position] >> 5 == DagCborHead.Negative;
        ulong argument = negative ? ReadHead(DagCborHead.Negative, "has a bad number").Argument : ReadUnsigned();
        if (argument <= long.MaxValue)
            return negative ? -1 - (long)argument : (long)argument;
        Fail("has a number beyond 64 bits");
        return 0;
    }

    public bool ReadBool()
    {
        DagCborHead head = ReadHead(DagCborHead.Simple, "has something else where true or false must be");
        if (!Failed && head.Info is not (20 or 21))
            Fail("has something else where true or false must be");
        return head.Info == 21;
    }

    /// <summary>A byte string of at most <paramref name="limit"/> bytes; the span points into the source.</summary>
    public ReadOnlySpan<byte> ReadBytes(int limit = int.MaxValue) =>
        ReadContent(DagCborHead.Bytes, limit, "has something else where bytes must be");

    /// <summary>A byte string of exactly <paramref name="length"/> bytes, copied. Always that long, also after a fault.</summary>
    public byte[] ReadExactly(int length)
    {
        ReadOnlySpan<byte> bytes = ReadBytes();
        if (bytes.Length == length)
            return bytes.ToArray();
        Fail($"has bytes of another length than {length}");
        return new byte[length];
    }

    /// <summary>Text of at most <paramref name="limit"/> bytes of UTF-8.</summary>
    public string ReadText(int limit)
    {
        ReadOnlySpan<byte> bytes = ReadContent(DagCborHead.Text, limit, "has something else where text must be");
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        Fail("has text that is not UTF-8");
        return "";
    }

    /// <summary>Reads text that must be <paramref name="expected"/>: kinds and labels.</summary>
    public void Expect(ReadOnlySpan<byte> expected)
    {
        if (!ReadContent(DagCborHead.Text, int.MaxValue, "has something else where text must be").SequenceEqual(expected))
            Fail($"is not of the kind '{Encoding.UTF8.GetString(expected)}'");
    }

    /// <summary>Reads a whole number that must be <paramref name="expected"/>: format versions.</summary>
    public void Expect(int expected)
    {
        if (ReadInt32() != expected)
            Fail($"is not of version {expected}");
    }

    /// <summary>The binary CID of a link; the span points into the source.</summary>
    public ReadOnlySpan<byte> ReadLink()
    {
        DagCborHead head = ReadHead(DagCborHead.Tag, "has something else where a link must be");
        if (Failed)
            return default;
        if (DagCborHead.TryReadLink(source[position..], head.Argument, out ReadOnlySpan<byte> cid, out int length))
        {
            position += length;
            return cid;
        }
        Fail("has something else where a link must be");
        return default;
    }

    private int ReadCount(int major, int itemsPerEntry, string otherwise)
    {
        DagCborHead head = ReadHead(major, otherwise);
        if (head.Argument <= (ulong)((source.Length - position) / itemsPerEntry))
            return (int)head.Argument;
        Fail("is cut short");
        return 0;
    }

    private ReadOnlySpan<byte> ReadContent(int major, int limit, string otherwise)
    {
        DagCborHead head = ReadHead(major, otherwise);
        if (head.Argument > (ulong)(source.Length - position))
            Fail("is cut short");
        else if (head.Argument > (ulong)limit)
            Fail($"has a value longer than {limit} bytes");
        if (Failed)
            return default;
        ReadOnlySpan<byte> content = source.Slice(position, (int)head.Argument);
        position += content.Length;
        return content;
    }

    private DagCborHead ReadHead(int major, string otherwise)
    {
        if (Failed)
            return default;
        if (DagCborHead.TryRead(source[position..], out DagCborHead head, out int length) && head.Major == major)
        {
            position += length;
            return head;
        }
        Fail(otherwise);
        return default;
    }
}

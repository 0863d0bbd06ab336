using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Core.Tests.Threads;

/// <summary>
/// A CBOR value that can be taken apart and put together wrongly: unsorted, repeated, null, with what no schema knows. Maps keep the
/// order they are given. Encoding is its own, so that the writer under test is not judged by itself.
/// </summary>
internal sealed class CborValue
{
    private readonly List<CborValue> items = [];
    private readonly List<(string Key, CborValue Value)> pairs = [];
    private readonly int major;
    private byte[] content = [];

    private CborValue(int major) => this.major = major;

    public IReadOnlyList<string> Keys => [.. pairs.Select(pair => pair.Key)];

    public List<CborValue> Items => items;

    /// <summary>The payload of bytes and texts.</summary>
    public byte[] Content => content;

    /// <summary>Setting puts a key that is new where canonical order wants it.</summary>
    public CborValue this[string key]
    {
        get => pairs.Single(pair => pair.Key == key).Value;
        set
        {
            int at = pairs.FindIndex(pair => pair.Key == key);
            if (at >= 0)
                pairs[at] = (key, value);
            else
                pairs.Insert(pairs.TakeWhile(pair => IsBefore(pair.Key, key)).Count(), (key, value));
        }
    }

    public static CborValue Null => Encoded([0xf6]);

    public static CborValue Encoded(byte[] bytes) => new(-1) { content = bytes };

    public static CborValue Bytes(ReadOnlySpan<byte> bytes) => new(2) { content = bytes.ToArray() };

    public static CborValue Text(string text) => new(3) { content = Encoding.UTF8.GetBytes(text) };

    public static CborValue Int(long value) => Encoded(value >= 0 ? Head(0, (ulong)value) : Head(1, (ulong)(-1 - value)));

    public static CborValue Flag(bool value) => Encoded([value ? (byte)0xf5 : (byte)0xf4]);

    public static CborValue Link(Cid cid) => Encoded([0xd8, 0x2a, .. Head(2, (ulong)cid.Bytes.Length + 1), 0, .. cid.Bytes]);

    public static CborValue Map(params IEnumerable<(string Key, CborValue Value)> pairs)
    {
        var map = new CborValue(5);
        foreach ((string key, CborValue value) in pairs)
            map[key] = value;
        return map;
    }

    public static CborValue List(params IEnumerable<CborValue> items)
    {
        var list = new CborValue(4);
        list.items.AddRange(items);
        return list;
    }

    public static CborValue Parse(ReadOnlySpan<byte> encoded)
    {
        var tokens = new DagCborTokens(encoded);
        Assert.True(tokens.Next(), tokens.Error);
        return Read(ref tokens);
    }

    public CborValue Copy() => Parse(Encode());

    public CborValue Without(string key)
    {
        pairs.RemoveAll(pair => pair.Key == key);
        return this;
    }

    public CborValue With(string key, CborValue value)
    {
        this[key] = value;
        return this;
    }

    /// <summary>Puts a pair at the end, whatever the order.</summary>
    public CborValue Append(string key, CborValue value)
    {
        pairs.Add((key, value));
        return this;
    }

    public CborValue Reverse()
    {
        pairs.Reverse();
        items.Reverse();
        return this;
    }

    public byte[] Encode() => major switch
    {
        2 or 3 => [.. Head(major, (ulong)content.Length), .. content],
        4 => [.. Head(major, (ulong)items.Count), .. items.SelectMany(item => item.Encode())],
        5 => [.. Head(major, (ulong)pairs.Count), .. pairs.SelectMany(pair => Text(pair.Key).Encode().Concat(pair.Value.Encode()))],
        _ => content,
    };

    public Block ToBlock() => Block.Create(Cid.DagCbor, Encode());

    private static bool IsBefore(string left, string right) =>
        left.Length != right.Length ? left.Length < right.Length : string.CompareOrdinal(left, right) < 0;

    private static CborValue Read(ref DagCborTokens tokens)
    {
        ulong count = tokens.Argument;
        switch (tokens.Token)
        {
            case DagCborToken.Bytes: return Bytes(tokens.Content);
            case DagCborToken.Text: return new CborValue(3) { content = tokens.Content.ToArray() };
            case DagCborToken.Link: return Link(Cid.From(tokens.Content));
            case DagCborToken.Unsigned: return Encoded(Head(0, count));
            case DagCborToken.Negative: return Encoded(Head(1, count));
            case DagCborToken.True or DagCborToken.False: return Flag(tokens.Token == DagCborToken.True);
            case DagCborToken.Null: return Null;
        }
        var value = new CborValue(tokens.Token == DagCborToken.Map ? 5 : 4);
        for (ulong i = 0; i < count; i++)
        {
            Assert.True(tokens.Next(), tokens.Error);
            string key = value.major == 5 ? Encoding.UTF8.GetString(tokens.Content) : "";
            if (value.major == 5)
                Assert.True(tokens.Next(), tokens.Error);
            CborValue item = Read(ref tokens);
            if (value.major == 5)
                value.pairs.Add((key, item));
            else
                value.items.Add(item);
        }
        return value;
    }

    private static byte[] Head(int major, ulong argument)
    {
        byte kind = (byte)(major << 5);
        if (argument < 24)
            return [(byte)(kind | argument)];
        int power = argument <= byte.MaxValue ? 0 : argument <= ushort.MaxValue ? 1 : argument <= uint.MaxValue ? 2 : 3;
        byte[] head = new byte[1 + (1 << power)];
        head[0] = (byte)(kind | (24 + power));
        for (int i = head.Length - 1; i > 0; i--, argument >>= 8)
            head[i] = (byte)argument;
        return head;
    }
}

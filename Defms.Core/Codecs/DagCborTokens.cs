using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Defms.Core.Codecs;

/// <summary>What a <see cref="DagCborTokens"/> enumeration stands on.</summary>
public enum DagCborToken
{
    Unsigned,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Key,
    Link,
    False,
    True,
    Null,
    Float,
}

/// <summary>
/// Walks any DAG-CBOR value token by token and refuses everything that is not strict and canonical: longer integers than needed,
/// indefinite lengths, other tags than 42, map keys that are not text, unsorted or repeated, floats other than 64-bit and finite,
/// invalid UTF-8, bytes behind the end (IPLD DAG-CBOR specification, "Strictness"). Does not recurse.
/// </summary>
public ref struct DagCborTokens
{
    /// <summary>More containers inside each other are refused; no object of ours is deeper than 6.</summary>
    public const int MaxDepth = 1024;

    private readonly ReadOnlySpan<byte> source;
    private DagCborNesting nesting = new();
    private int position;

    public DagCborTokens(ReadOnlySpan<byte> source) => this.source = source;

    /// <summary>The kind of the token.</summary>
    public DagCborToken Token { get; private set; }

    /// <summary>The integer n (for <see cref="DagCborToken.Negative"/> the value is -1 - n), or the number of elements or pairs.</summary>
    public ulong Argument { get; private set; }

    /// <summary>The bytes, the UTF-8 text or the CID of a link, as a part of the source; empty for other tokens.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The number when the token is <see cref="DagCborToken.Float"/>.</summary>
    public double Number { get; private set; }

    /// <summary>How many bytes of the source lie behind it.</summary>
    public readonly int Position => position;

    /// <summary>Why <see cref="Next"/> ended early; null when the value was whole and canonical.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether <paramref name="source"/> is exactly one strict DAG-CBOR value.</summary>
    public static bool IsValid(ReadOnlySpan<byte> source, out string? error)
    {
        var tokens = new DagCborTokens(source);
        while (tokens.Next())
        {
        }
        error = tokens.Error;
        return error is null;
    }

    /// <summary>Moves to the next token; false at the end or at the first fault, which <see cref="Error"/> names.</summary>
    public bool Next()
    {
        if (Error is not null || nesting.IsWhole)
            return false;
        if (!ReadToken(nesting.ExpectsKey) || !Pass())
            return false;
        if (nesting.IsWhole && position != source.Length)
            Error = "has bytes behind its end";
        return true;
    }

    private bool Pass()
    {
        switch (Token)
        {
            case DagCborToken.Key:
                return nesting.TryPassKey(source, position, Content.Length) || Fail("has map keys that are repeated or out of order");
            case DagCborToken.Array:
                return nesting.TryEnter(isMap: false, (long)Argument) || Fail("is nested too deep");
            case DagCborToken.Map:
                return nesting.TryEnter(isMap: true, (long)Argument * 2) || Fail("is nested too deep");
            default:
                nesting.PassItem();
                return true;
        }
    }

    private bool ReadToken(bool isKey)
    {
        if (!DagCborHead.TryRead(source[position..], out DagCborHead head, out int length))
            return Fail("is cut short or has an integer longer than needed");
        position += length;
        Argument = head.Argument;
        Content = default;
        if (isKey && head.Major != DagCborHead.Text)
            return Fail("has a map key that is not text");
        return head.Major switch
        {
            DagCborHead.Unsigned => Take(DagCborToken.Unsigned),
            DagCborHead.Negative => Take(DagCborToken.Negative),
            DagCborHead.Bytes => TakeContent(DagCborToken.Bytes),
            DagCborHead.Text => TakeContent(isKey ? DagCborToken.Key : DagCborToken.Text) && CheckText(),
            DagCborHead.Array => TakeContainer(DagCborToken.Array, 1),
            DagCborHead.Map => TakeContainer(DagCborToken.Map, 2),
            DagCborHead.Tag => TakeLink(),
            _ => TakeSimple(head),
        };
    }

    private bool Take(DagCborToken token)
    {
        Token = token;
        return true;
    }

    private bool TakeContainer(DagCborToken token, ulong itemsPerEntry)
    {
        // Every item takes at least one byte, so a count beyond that is a lie that must not reserve memory.
        if (Argument > (ulong)(source.Length - position) / itemsPerEntry)
            return Fail("is cut short");
        return Take(token);
    }

    private bool TakeContent(DagCborToken token)
    {
        if (Argument > (ulong)(source.Length - position))
            return Fail("is cut short");
        Content = source.Slice(position, (int)Argument);
        position += (int)Argument;
        return Take(token);
    }

    private bool CheckText() => Utf8.IsValid(Content) || Fail("has text that is not UTF-8");

    private bool TakeLink()
    {
        if (!DagCborHead.TryReadLink(source[position..], Argument, out ReadOnlySpan<byte> cid, out int length))
            return Fail("has a tag that is not a link (42)");
        Content = cid;
        position += length;
        return Take(DagCborToken.Link);
    }

    private bool TakeSimple(DagCborHead head)
    {
        switch (head.Info)
        {
            case 20: return Take(DagCborToken.False);
            case 21: return Take(DagCborToken.True);
            case 22: return Take(DagCborToken.Null);
            case 27:
                Number = BitConverter.UInt64BitsToDouble(Argument);
                return double.IsFinite(Number) ? Take(DagCborToken.Float) : Fail("has a float that is not a finite number");
            default: return Fail("has a simple value or short float that DAG-CBOR does not know");
        }
    }

    private bool Fail(string reason)
    {
        Error = reason;
        return false;
    }
}

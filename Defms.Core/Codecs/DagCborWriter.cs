using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Defms.Core.Codecs;

/// <summary>
/// Writes canonical DAG-CBOR into a buffer of its own. Map keys must be written in canonical order (shorter first, then bytewise) and
/// containers must be filled exactly; a caller that does otherwise has a fault of its own and gets an exception.
/// </summary>
public sealed class DagCborWriter
{
    private readonly ArrayBufferWriter<byte> buffer;
    private DagCborNesting nesting = new();

    public DagCborWriter(int capacity = 256) => buffer = new ArrayBufferWriter<byte>(capacity);

    /// <summary>The bytes written; valid until the next write. Throws while the value is not whole.</summary>
    public ReadOnlySpan<byte> Written => nesting.IsWhole
        ? buffer.WrittenSpan
        : throw new InvalidOperationException("A container is still open, or nothing was written.");

    public byte[] ToArray() => Written.ToArray();

    public DagCborWriter Map(int pairs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pairs);
        return Enter(DagCborHead.Map, pairs, pairs * 2L);
    }

    public DagCborWriter Array(int elements)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        return Enter(DagCborHead.Array, elements, elements);
    }

    public DagCborWriter Key(ReadOnlySpan<byte> utf8)
    {
        Begin(isKey: true);
        Content(DagCborHead.Text, Checked(utf8));
        return nesting.TryPassKey(buffer.WrittenSpan, buffer.WrittenCount, utf8.Length)
            ? this
            : throw new InvalidOperationException($"The key '{Encoding.UTF8.GetString(utf8)}' is out of canonical order.");
    }

    public DagCborWriter Unsigned(ulong value)
    {
        Begin(isKey: false);
        Head(DagCborHead.Unsigned, value);
        return Pass();
    }

    /// <summary>The integer -1 - <paramref name="argument"/>.</summary>
    public DagCborWriter Negative(ulong argument)
    {
        Begin(isKey: false);
        Head(DagCborHead.Negative, argument);
        return Pass();
    }

    public DagCborWriter Int(long value) => value >= 0 ? Unsigned((ulong)value) : Negative((ulong)(-1 - value));

    public DagCborWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Begin(isKey: false);
        Content(DagCborHead.Bytes, bytes);
        return Pass();
    }

    public DagCborWriter Text(ReadOnlySpan<byte> utf8)
    {
        Begin(isKey: false);
        Content(DagCborHead.Text, Checked(utf8));
        return Pass();
    }

    /// <summary>Text; half a surrogate pair, which no decoder gives, becomes U+FFFD.</summary>
    public DagCborWriter Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>A link to the block with this binary CID.</summary>
    public DagCborWriter Link(ReadOnlySpan<byte> cid)
    {
        if (!CidShape.IsWhole(cid))
            throw new ArgumentException("A link names a block by exactly one CID.", nameof(cid));
        Begin(isKey: false);
        Head(DagCborHead.Tag, DagCborHead.LinkTag);
        Head(DagCborHead.Bytes, (ulong)cid.Length + 1);
        buffer.Write("\0"u8);
        buffer.Write(cid);
        return Pass();
    }

    public DagCborWriter Bool(bool value) => Simple(value ? 21 : 20);

    public DagCborWriter Null() => Simple(22);

    /// <summary>A 64-bit float; none of our own objects holds one.</summary>
    public DagCborWriter Float(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(nameof(value), "DAG-CBOR holds finite numbers only.");
        Begin(isKey: false);
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = (DagCborHead.Simple << 5) | 27;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], value);
        buffer.Write(bytes);
        return Pass();
    }

    /// <summary>Copies one value that is already canonical DAG-CBOR.</summary>
    public DagCborWriter Raw(ReadOnlySpan<byte> encoded)
    {
        Begin(isKey: false);
        buffer.Write(encoded);
        return Pass();
    }

    private DagCborWriter Simple(int info)
    {
        Begin(isKey: false);
        buffer.GetSpan(1)[0] = (byte)((DagCborHead.Simple << 5) | info);
        buffer.Advance(1);
        return Pass();
    }

    private void Content(int major, ReadOnlySpan<byte> bytes)
    {
        Head(major, (ulong)bytes.Length);
        buffer.Write(bytes);
    }

    private void Head(int major, ulong argument) =>
        buffer.Advance(DagCborHead.Write(buffer.GetSpan(DagCborHead.MaxLength), major, argument));

    private void Begin(bool isKey)
    {
        if (nesting.IsWhole)
            throw new InvalidOperationException("The value is already whole.");
        if (isKey != nesting.ExpectsKey)
            throw new InvalidOperationException("A map takes a key, then a value, in turn; nothing else takes keys.");
    }

    private DagCborWriter Enter(int major, int count, long items)
    {
        Begin(isKey: false);
        Head(major, (ulong)count);
        return nesting.TryEnter(major == DagCborHead.Map, items)
            ? this
            : throw new InvalidOperationException("Too many containers inside each other.");
    }

    private DagCborWriter Pass()
    {
        nesting.PassItem();
        return this;
    }

    private static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? utf8 : throw new ArgumentException("Text must be UTF-8.", nameof(utf8));
}

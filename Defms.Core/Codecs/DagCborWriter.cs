using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Defms.Core.Codecs;

/// <summary>
/// Writes canonical DAG-CBOR into a buffer of its own. Map keys must be written in canonical order (shorter first, then bytewise) and
/// containers must be filled exactly; a caller that does otherwise has a fault of its own and gets an exception.
/// </summary>
public sealed class DagCborWriter
{
    private readonly ArrayBufferWriter<byte> buffer;
    private readonly Stack<Frame> frames = new();

    public DagCborWriter(int capacity = 256) => buffer = new ArrayBufferWriter<byte>(capacity);

    /// <summary>The bytes written; valid until the next write. Throws while a container is still open.</summary>
    public ReadOnlySpan<byte> Written => frames.Count == 0 ? buffer.WrittenSpan : throw new InvalidOperationException("A container is still open.");

    public byte[] ToArray() => Written.ToArray();

    public DagCborWriter Map(int pairs)
    {
        Begin(isKey: false);
        Head(DagCborHead.Map, (ulong)pairs);
        return Open(isMap: true, pairs * 2);
    }

    public DagCborWriter Array(int elements)
    {
        Begin(isKey: false);
        Head(DagCborHead.Array, (ulong)elements);
        return Open(isMap: false, elements);
    }

    public DagCborWriter Key(ReadOnlySpan<byte> utf8)
    {
        Begin(isKey: true);
        Frame frame = frames.Pop();
        if (frame.KeyLength >= 0 && DagCborHead.CompareKeys(buffer.WrittenSpan.Slice(frame.KeyStart, frame.KeyLength), utf8) >= 0)
            throw new InvalidOperationException($"The key '{Encoding.UTF8.GetString(utf8)}' is out of canonical order.");
        Content(DagCborHead.Text, utf8);
        frames.Push(frame with { KeyStart = buffer.WrittenCount - utf8.Length, KeyLength = utf8.Length });
        return this;
    }

    public DagCborWriter Unsigned(ulong value)
    {
        Begin(isKey: false);
        Head(DagCborHead.Unsigned, value);
        return Close();
    }

    /// <summary>The integer -1 - <paramref name="argument"/>.</summary>
    public DagCborWriter Negative(ulong argument)
    {
        Begin(isKey: false);
        Head(DagCborHead.Negative, argument);
        return Close();
    }

    public DagCborWriter Int(long value) => value >= 0 ? Unsigned((ulong)value) : Negative((ulong)(-1 - value));

    public DagCborWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Begin(isKey: false);
        Content(DagCborHead.Bytes, bytes);
        return Close();
    }

    public DagCborWriter Text(ReadOnlySpan<byte> utf8)
    {
        Begin(isKey: false);
        Content(DagCborHead.Text, utf8);
        return Close();
    }

    public DagCborWriter Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>A link to the block with this binary CID.</summary>
    public DagCborWriter Link(ReadOnlySpan<byte> cid)
    {
        Begin(isKey: false);
        Head(DagCborHead.Tag, DagCborHead.LinkTag);
        Head(DagCborHead.Bytes, (ulong)cid.Length + 1);
        buffer.Write("\0"u8);
        buffer.Write(cid);
        return Close();
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
        return Close();
    }

    /// <summary>Copies one value that is already canonical DAG-CBOR.</summary>
    public DagCborWriter Raw(ReadOnlySpan<byte> encoded)
    {
        Begin(isKey: false);
        buffer.Write(encoded);
        return Close();
    }

    private DagCborWriter Simple(int info)
    {
        Begin(isKey: false);
        buffer.GetSpan(1)[0] = (byte)((DagCborHead.Simple << 5) | info);
        buffer.Advance(1);
        return Close();
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
        if (!frames.TryPop(out Frame frame))
        {
            if (isKey || buffer.WrittenCount > 0)
                throw new InvalidOperationException("The value is already whole, or a key stands outside a map.");
            return;
        }
        if (isKey != (frame.IsMap && frame.Remaining % 2 == 0))
            throw new InvalidOperationException("A map takes a key, then a value, in turn.");
        frames.Push(frame with { Remaining = frame.Remaining - 1 });
    }

    private DagCborWriter Open(bool isMap, int items)
    {
        frames.Push(new Frame(isMap, items, 0, -1));
        return Close();
    }

    private DagCborWriter Close()
    {
        while (frames.TryPeek(out Frame frame) && frame.Remaining == 0)
            frames.Pop();
        return this;
    }

    private readonly record struct Frame(bool IsMap, int Remaining, int KeyStart, int KeyLength);
}

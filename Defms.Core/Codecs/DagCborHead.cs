using System.Buffers.Binary;

namespace Defms.Core.Codecs;

/// <summary>The first byte of a CBOR item with its argument (RFC 8949 section 3), read only in its shortest form.</summary>
internal readonly record struct DagCborHead(int Major, int Info, ulong Argument)
{
    public const int Unsigned = 0;
    public const int Negative = 1;
    public const int Bytes = 2;
    public const int Text = 3;
    public const int Array = 4;
    public const int Map = 5;
    public const int Tag = 6;
    public const int Simple = 7;

    /// <summary>The tag of a link (IPLD DAG-CBOR specification, "Links").</summary>
    public const ulong LinkTag = 42;

    public const int MaxLength = 9;

    public static bool TryRead(ReadOnlySpan<byte> source, out DagCborHead head, out int length)
    {
        head = default;
        length = 0;
        if (source.IsEmpty)
            return false;
        int info = source[0] & 0x1f;
        if (info > 23)
            return TryReadArgument(source, out head, out length);
        head = new DagCborHead(source[0] >> 5, info, (ulong)info);
        length = 1;
        return true;
    }

    private static bool TryReadArgument(ReadOnlySpan<byte> source, out DagCborHead head, out int length)
    {
        head = default;
        int major = source[0] >> 5;
        int info = source[0] & 0x1f;
        length = 1 + (1 << (info - 24));
        if (info > 27 || source.Length < length)
            return false;
        ulong argument = info switch
        {
            24 => source[1],
            25 => BinaryPrimitives.ReadUInt16BigEndian(source[1..]),
            26 => BinaryPrimitives.ReadUInt32BigEndian(source[1..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(source[1..]),
        };
        head = new DagCborHead(major, info, argument);
        return major == Simple || length == LengthOf(argument);
    }

    public static int LengthOf(ulong argument) => argument switch
    {
        < 24 => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        <= uint.MaxValue => 5,
        _ => 9,
    };

    public static int Write(Span<byte> destination, int major, ulong argument)
    {
        int length = LengthOf(argument);
        destination[0] = (byte)(major << 5);
        switch (length)
        {
            case 1: destination[0] |= (byte)argument; break;
            case 2: destination[0] |= 24; destination[1] = (byte)argument; break;
            case 3: destination[0] |= 25; BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)argument); break;
            case 5: destination[0] |= 26; BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)argument); break;
            default: destination[0] |= 27; BinaryPrimitives.WriteUInt64BigEndian(destination[1..], argument); break;
        }
        return length;
    }

    /// <summary>What stands behind the tag of a link: a byte string of 0x00 and the binary CID, which fills it exactly.</summary>
    public static bool TryReadLink(ReadOnlySpan<byte> source, ulong tag, out ReadOnlySpan<byte> cid, out int length)
    {
        cid = default;
        length = 0;
        if (tag != LinkTag || !TryRead(source, out DagCborHead head, out int headLength) || head.Major != Bytes
            || head.Argument < 2 || head.Argument > (ulong)(source.Length - headLength) || source[headLength] != 0)
            return false;
        length = headLength + (int)head.Argument;
        cid = source[(headLength + 1)..length];
        return CidShape.IsWhole(cid);
    }

    /// <summary>Canonical order of map keys: shorter first, then bytewise (RFC 7049 section 3.9).</summary>
    public static int CompareKeys(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
}

namespace Defms.Core.Codecs;

/// <summary>How long a binary CID is, without giving it a meaning: what formats that carry CIDs need to find its end.</summary>
public static class CidShape
{
    /// <summary>A version 0 CID is a bare sha2-256 multihash.</summary>
    public const int Version0Length = 34;

    /// <summary>Version 1 with a codec of one byte and sha2-256, as ours are.</summary>
    private const int CommonLength = 36;

    /// <summary>The longest CID that is read: version, two varints, the digest's length and the digest.</summary>
    public const int MaxLength = 1 + Varint.MaxLength + Varint.MaxLength + 2 + Multihash.MaxDigestLength;

    /// <summary>Whether <paramref name="source"/> is one CID and nothing else.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> source) => TryMeasure(source, out int length) && length == source.Length;

    /// <summary>Measures the CID (version 0 or 1) at the front of <paramref name="source"/>.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> source, out int length)
    {
        length = source switch
        {
            [1, < 0x80, (byte)Multihash.Sha2256, 32, ..] when source.Length >= CommonLength => CommonLength,
            [(byte)Multihash.Sha2256, 32, ..] when source.Length >= Version0Length => Version0Length,
            _ => 0,
        };
        return length > 0 || TryMeasureParts(source, out length);
    }

    private static bool TryMeasureParts(ReadOnlySpan<byte> source, out int length)
    {
        length = 0;
        if (!Varint.TryRead(source, out ulong version, out int versionLength) || version != 1
            || !Varint.TryRead(source[versionLength..], out _, out int codecLength)
            || !Multihash.TryRead(source[(versionLength + codecLength)..], out _, out _, out int hashLength))
        {
            return false;
        }
        length = versionLength + codecLength + hashLength;
        return true;
    }
}

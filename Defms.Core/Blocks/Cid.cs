using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>
/// The name of a block: how its bytes are to be read (codec) and their digest. We make version 1 with sha2-256; version 0 and other hash
/// functions are recognised in what others made. Compared by bytes, never by text: base32 has its digits behind its letters and ASCII
/// before them, so the order of texts is another one.
/// </summary>
public readonly struct Cid : IEquatable<Cid>, IComparable<Cid>
{
    /// <summary>Codec of byte payloads (multicodec raw).</summary>
    public const ulong Raw = 0x55;

    /// <summary>Codec of structured blocks (multicodec dag-cbor).</summary>
    public const ulong DagCbor = 0x71;

    /// <summary>How many bytes a CID of ours takes: version, codec, hash code, length, digest.</summary>
    public const int Length = 36;

    /// <summary>Longer text is no CID: base16 of the longest name that is read, with its prefix, is shorter.</summary>
    public const int MaxTextLength = 320;

    /// <summary>How many characters all our dag-cbor CIDs share at their front ("bafyrei"); abbreviations skip them.</summary>
    public const int ConstantPrefixLength = 7;

    private readonly byte[]? bytes;

    private Cid(byte[] bytes) => this.bytes = bytes;

    /// <summary>The binary form; empty for the default value, which names nothing.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    public bool IsDefault => bytes is null;

    public int Version => bytes is null || bytes[0] != 1 ? 0 : 1;

    /// <summary>The multicodec of the block; version 0 is always dag-pb (0x70).</summary>
    public ulong Codec => Version == 1 && Varint.TryRead(Bytes[1..], out ulong codec, out _) ? codec : 0x70;

    /// <summary>Whether this is one of the names Defms gives: version 1, sha2-256, raw or dag-cbor.</summary>
    public bool IsOurs => bytes is { Length: Length } and [1, (byte)Raw or (byte)DagCbor, (byte)Multihash.Sha2256, 32, ..];

    /// <summary>The multihash code of the function that made the digest.</summary>
    public ulong HashFunction => TryHash(out ulong code, out _) ? code : 0;

    /// <summary>The digest alone, 32 bytes for a name of ours.</summary>
    public ReadOnlySpan<byte> Digest => TryHash(out _, out ReadOnlySpan<byte> digest) ? digest : default;

    /// <summary>The name of <paramref name="data"/> under <paramref name="codec"/> (one of <see cref="Raw"/> and <see cref="DagCbor"/>).</summary>
    public static Cid Of(ulong codec, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(codec, 0x7ful);
        byte[] name = new byte[Length];
        name[0] = 1;
        name[1] = (byte)codec;
        name[2] = (byte)Multihash.Sha2256;
        name[3] = 32;
        SHA256.HashData(data, name.AsSpan(4));
        return new Cid(name);
    }

    /// <summary>Reads one CID from the front of <paramref name="source"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out Cid cid, out int length)
    {
        cid = default;
        if (!CidShape.TryMeasure(source, out length))
            return false;
        cid = new Cid(source[..length].ToArray());
        return true;
    }

    /// <summary>Takes bytes that are exactly one CID.</summary>
    public static bool TryFrom(ReadOnlySpan<byte> source, out Cid cid)
    {
        cid = CidShape.IsWhole(source) ? new Cid(source.ToArray()) : default;
        return !cid.IsDefault;
    }

    /// <summary>Takes bytes that are known to be one CID, for instance from our own store.</summary>
    public static Cid From(ReadOnlySpan<byte> source) =>
        TryFrom(source, out Cid cid) ? cid : throw new ArgumentException("These bytes are no CID.", nameof(source));

    /// <summary>
    /// Parses the text form in any multibase, or the bare base58 of version 0. In base32, our own form, one CID has one text, in lower
    /// case.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Cid cid)
    {
        cid = default;
        bool isVersion0 = text.Length == 46 && text.StartsWith("Qm");
        if (text.Length > MaxTextLength
            || !Multibase.TryDecode(isVersion0 ? $"z{text}" : text, out byte[] decoded)
            || !TryFrom(decoded, out Cid found)
            || (found.Version == 0) != isVersion0
            || (text[0] == 'b' && text.ContainsAnyInRange('A', 'Z')))
        {
            return false;
        }
        cid = found;
        return true;
    }

    /// <summary>Whether <paramref name="data"/> has this name; false also for a hash function this program does not know.</summary>
    public bool Names(ReadOnlySpan<byte> data)
    {
        if (!TryHash(out ulong code, out ReadOnlySpan<byte> digest))
            return false;
        if (code == Multihash.Sha2256 && digest.Length == 32)
        {
            Span<byte> actual = stackalloc byte[32];
            SHA256.HashData(data, actual);
            return actual.SequenceEqual(digest);
        }
        return Multihash.TryDigest(code, data, out byte[] other) && other.AsSpan().SequenceEqual(digest);
    }

    public bool Equals(Cid other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is Cid other && Equals(other);

    /// <summary>Keyed per process: strangers choose names, and could otherwise choose many that fall on one place of a table.</summary>
    public override int GetHashCode() =>
        string.GetHashCode(MemoryMarshal.Cast<byte, char>(Bytes[(Bytes.Length & 1)..]), StringComparison.Ordinal);

    public int CompareTo(Cid other) => Bytes.SequenceCompareTo(other.Bytes);

    public static bool operator ==(Cid left, Cid right) => left.Equals(right);

    public static bool operator !=(Cid left, Cid right) => !left.Equals(right);

    /// <summary>Version 1 in lower-case base32, version 0 in base58.</summary>
    public override string ToString() => bytes is null ? "" : Version == 1 ? Multibase.Base32(bytes) : Multibase.Base58(bytes)[1..];

    private bool TryHash(out ulong code, out ReadOnlySpan<byte> digest)
    {
        code = 0;
        digest = default;
        if (bytes is null)
            return false;
        ReadOnlySpan<byte> hash = bytes;
        if (Version == 1)
            hash = Varint.TryRead(hash[1..], out _, out int codecLength) ? hash[(1 + codecLength)..] : default;
        return Multihash.TryRead(hash, out code, out digest, out _);
    }
}

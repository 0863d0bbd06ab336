using System.Security.Cryptography;

namespace Defms.Core.Codecs;

/// <summary>A digest that says how it was made: varint code, varint length, digest (multiformats multihash).</summary>
public static class Multihash
{
    public const ulong Identity = 0x00;
    public const ulong Sha1 = 0x11;
    public const ulong Sha2256 = 0x12;
    public const ulong Sha2512 = 0x13;
    public const ulong Sha3512 = 0x14;
    public const ulong Blake2b256 = 0xb220;

    /// <summary>An identity "digest" holds the value itself; IPFS nodes take at most 128 bytes in a name.</summary>
    public const int MaxDigestLength = 128;

    /// <summary>Reads one multihash from the front of <paramref name="source"/>. <paramref name="length"/> counts all its bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong code, out ReadOnlySpan<byte> digest, out int length)
    {
        digest = default;
        length = 0;
        if (!Varint.TryRead(source, out code, out int codeLength)
            || !Varint.TryRead(source[codeLength..], out ulong size, out int sizeLength)
            || size > MaxDigestLength
            || source.Length - codeLength - sizeLength < (int)size)
        {
            return false;
        }
        digest = source.Slice(codeLength + sizeLength, (int)size);
        length = codeLength + sizeLength + (int)size;
        return true;
    }

    /// <summary>The multihash bytes of a digest.</summary>
    public static byte[] Encode(ulong code, ReadOnlySpan<byte> digest)
    {
        byte[] bytes = new byte[Varint.Length(code) + Varint.Length((ulong)digest.Length) + digest.Length];
        int at = Varint.Write(bytes, code);
        at += Varint.Write(bytes.AsSpan(at), (ulong)digest.Length);
        digest.CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Whether <see cref="TryDigest"/> can make digests with the function <paramref name="code"/>.</summary>
    public static bool Knows(ulong code) =>
        code is Identity or Sha1 or Sha2256 or Sha2512 or Blake2b256 || (code == Sha3512 && SHA3_512.IsSupported);

    /// <summary>The digest of <paramref name="bytes"/> under the function <paramref name="code"/>; false when this program does not know it.</summary>
    public static bool TryDigest(ulong code, ReadOnlySpan<byte> bytes, out byte[] digest)
    {
        byte[]? found = code switch
        {
            Identity => bytes.ToArray(),
            Sha1 => HashSha1(bytes),
            Sha2256 => SHA256.HashData(bytes),
            Sha2512 => SHA512.HashData(bytes),
            Sha3512 when SHA3_512.IsSupported => SHA3_512.HashData(bytes),
            Blake2b256 => Blake2b.HashData(bytes, 32),
            _ => null,
        };
        digest = found ?? [];
        return found is not null;
    }

#pragma warning disable CA5350 // SHA-1 names blocks that others made long ago; nothing of ours is made with it.
    private static byte[] HashSha1(ReadOnlySpan<byte> bytes) => SHA1.HashData(bytes);
#pragma warning restore CA5350
}

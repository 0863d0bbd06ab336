using System.Buffers.Binary;
using System.Numerics;

namespace Defms.Core.Codecs;

/// <summary>
/// BLAKE2b without key (RFC 7693), to check blocks that others named with it, as Filecoin does. Nothing of ours is named or sealed with
/// it; the sealing room has the keyed function from libsodium.
/// </summary>
internal static class Blake2b
{
    public const int MaxDigestLength = 64;

    private const int BlockLength = 128;
    private const int Rounds = 12;

    /// <summary>The first 64 bits of the fractional parts of the square roots of the first eight primes (RFC 7693 section 2.6).</summary>
    private static ReadOnlySpan<ulong> Start =>
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];

    /// <summary>Message word order of the ten rounds (RFC 7693 section 2.7); rounds 11 and 12 repeat the first two.</summary>
    private static ReadOnlySpan<byte> Order =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    /// <summary>The digest of <paramref name="data"/>, <paramref name="length"/> bytes long (1 to 64).</summary>
    public static byte[] HashData(ReadOnlySpan<byte> data, int length)
    {
        Span<ulong> state = stackalloc ulong[8];
        Start.CopyTo(state);
        state[0] ^= 0x01010000 ^ (ulong)length;
        ulong counted = 0;
        for (; data.Length > BlockLength; data = data[BlockLength..])
            Compress(state, data[..BlockLength], counted += BlockLength, isLast: false);
        Span<byte> last = stackalloc byte[BlockLength];
        last.Clear();
        data.CopyTo(last);
        Compress(state, last, counted + (ulong)data.Length, isLast: true);
        return Digest(state, length);
    }

    private static byte[] Digest(ReadOnlySpan<ulong> state, int length)
    {
        Span<byte> digest = stackalloc byte[MaxDigestLength];
        for (int i = 0; i < state.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(digest[(i * 8)..], state[i]);
        return digest[..length].ToArray();
    }

    private static void Compress(Span<ulong> state, ReadOnlySpan<byte> block, ulong counted, bool isLast)
    {
        Span<ulong> words = stackalloc ulong[16];
        for (int i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(i * 8)..]);
        Span<ulong> v = stackalloc ulong[16];
        state.CopyTo(v);
        Start.CopyTo(v[8..]);
        v[12] ^= counted;
        if (isLast)
            v[14] = ~v[14];
        for (int round = 0; round < Rounds; round++)
            Round(v, words, Order.Slice(round % 10 * 16, 16));
        for (int i = 0; i < state.Length; i++)
            state[i] ^= v[i] ^ v[i + 8];
    }

    private static void Round(Span<ulong> v, ReadOnlySpan<ulong> words, ReadOnlySpan<byte> order)
    {
        for (int i = 0; i < 4; i++)
            Mix(ref v[i], ref v[4 + i], ref v[8 + i], ref v[12 + i], words[order[2 * i]], words[order[2 * i + 1]]);
        for (int i = 0; i < 4; i++)
        {
            Mix(ref v[i], ref v[4 + (i + 1) % 4], ref v[8 + (i + 2) % 4], ref v[12 + (i + 3) % 4],
                words[order[8 + 2 * i]], words[order[9 + 2 * i]]);
        }
    }

    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d, ulong x, ulong y)
    {
        a += b + x;
        d = BitOperations.RotateRight(d ^ a, 32);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 24);
        a += b + y;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 63);
    }
}

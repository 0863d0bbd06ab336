using System.Runtime.CompilerServices;

namespace Defms.Core.Sealing;

/// <summary>BLAKE2b with a key and a 24-byte output (RFC 7693): a nonce that nobody without the key can compute from what it names.</summary>
internal static class KeyedBlake2b
{
    internal const int KeyLength = 32;
    internal const int HashLength = 24;

    // crypto_generichash_state is 384 bytes, to lie on a multiple of 64.
    internal const int StateLength = 384;
    private const int StateAlignment = 64;

    /// <summary>The hash of <paramref name="head"/> followed by <paramref name="tail"/>.</summary>
    [SkipLocalsInit]
    internal static unsafe void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, Span<byte> hash)
    {
        Expect.Length(key, KeyLength);
        Expect.Length(hash, HashLength);
        Sodium.Require();
        byte* room = stackalloc byte[StateLength + StateAlignment - 1];
        byte* state = (byte*)(((nuint)room + StateAlignment - 1) & ~(nuint)(StateAlignment - 1));
        _ = Sodium.crypto_generichash_init(state, key, KeyLength, HashLength);
        _ = Sodium.crypto_generichash_update(state, head, (ulong)head.Length);
        _ = Sodium.crypto_generichash_update(state, tail, (ulong)tail.Length);
        _ = Sodium.crypto_generichash_final(state, hash, HashLength);
    }
}

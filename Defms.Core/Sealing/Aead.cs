namespace Defms.Core.Sealing;

/// <summary>
/// XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha-03): encryption that notices every change to the ciphertext and to the
/// associated bytes. One key must never meet the same nonce with two plaintexts.
/// </summary>
public static class Aead
{
    public const int KeyLength = 32;
    public const int NonceLength = 24;
    public const int TagLength = 16;

    /// <param name="ciphertext">Exactly 16 bytes longer than the plaintext; it may begin at the same place in memory.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Encrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associated, Span<byte> ciphertext)
    {
        Expect.Length(key, KeyLength);
        Expect.Length(nonce, NonceLength);
        Expect.Length(ciphertext, plaintext.Length + TagLength);
        Sodium.Require();
        _ = Sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            ciphertext, 0, plaintext, (ulong)plaintext.Length, associated, (ulong)associated.Length, 0, nonce, key);
    }

    /// <summary>False, with <paramref name="plaintext"/> zeroed, where anything was changed or the ciphertext is shorter than a tag.</summary>
    /// <param name="plaintext">Exactly 16 bytes shorter than the ciphertext.</param>
    /// <exception cref="ArgumentException">Key, nonce or plaintext have a wrong length.</exception>
    public static bool TryDecrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> associated, Span<byte> plaintext)
    {
        Expect.Length(key, KeyLength);
        Expect.Length(nonce, NonceLength);
        if (ciphertext.Length < TagLength)
            return false;
        Expect.Length(plaintext, ciphertext.Length - TagLength);
        Sodium.Require();
        return Sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            plaintext, 0, 0, ciphertext, (ulong)ciphertext.Length, associated, (ulong)associated.Length, nonce, key) == 0;
    }
}

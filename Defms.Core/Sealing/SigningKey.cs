namespace Defms.Core.Sealing;

/// <summary>An Ed25519 secret key (RFC 8032). Signing is deterministic: same key, same message, same signature.</summary>
public sealed class SigningKey : IDisposable
{
    public const int SeedLength = 32;

    // libsodium's form of the secret: the seed, then the public key.
    private readonly SecretBytes secret = new(SeedLength + VerifyingKey.Length);
    private readonly byte[] publicKey = new byte[VerifyingKey.Length];

    /// <param name="seed">The 32 secret bytes of RFC 8032 section 5.1.5; copied, the caller clears its own.</param>
    /// <exception cref="ArgumentException">The seed is not 32 bytes.</exception>
    public SigningKey(ReadOnlySpan<byte> seed)
    {
        Expect.Length(seed, SeedLength);
        Sodium.Require();
        _ = Sodium.crypto_sign_seed_keypair(publicKey, secret.Span, seed);
    }

    /// <summary>The 32 public bytes that <see cref="VerifyingKey.Verify"/> takes.</summary>
    public ReadOnlySpan<byte> PublicKey => publicKey;

    /// <summary>The 64-byte detached signature of <paramref name="message"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[VerifyingKey.SignatureLength];
        _ = Sodium.crypto_sign_detached(signature, 0, message, (ulong)message.Length, secret.Span);
        return signature;
    }

    public void Dispose() => secret.Dispose();
}

/// <summary>
/// The public side of Ed25519. libsodium's verdict is part of the format: where implementations disagree (small-order keys,
/// non-canonical points or scalars) its answer decides, so that all replicas agree on what belongs.
/// </summary>
public static class VerifyingKey
{
    public const int Length = 32;
    public const int SignatureLength = 64;

    /// <summary>Whether the signature is the key's over exactly these bytes. Wrong lengths are a plain no; nothing throws.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != Length || signature.Length != SignatureLength)
            return false;
        Sodium.Require();
        return Sodium.crypto_sign_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;
    }
}

namespace Defms.Core.Sealing;

/// <summary>
/// An X25519 key pair that opens what anyone sealed to its public half (libsodium's crypto_box_seal: a fresh key pair per box,
/// nonce BLAKE2b-192 of both public keys, XSalsa20-Poly1305). The box says nothing about who sealed it.
/// </summary>
public sealed class SealingKeyPair : IDisposable
{
    public const int SecretLength = 32;
    public const int PublicKeyLength = 32;

    /// <summary>What a box is longer than its plaintext: the one-time public key and the tag.</summary>
    public const int Overhead = 48;

    private readonly SecretBytes secret;
    private readonly byte[] publicKey = new byte[PublicKeyLength];

    /// <param name="secret">The 32-byte scalar, clamped on use (RFC 7748 section 5); copied, the caller clears its own.</param>
    /// <exception cref="ArgumentException">The secret is not 32 bytes.</exception>
    public SealingKeyPair(ReadOnlySpan<byte> secret)
    {
        Expect.Length(secret, SecretLength);
        Sodium.Require();
        this.secret = new SecretBytes(secret);
        _ = Sodium.crypto_scalarmult_base(publicKey, secret);
    }

    public ReadOnlySpan<byte> PublicKey => publicKey;

    /// <summary>
    /// Whether boxes can be sealed to these bytes: 32 of them, and no point of small order, which would make every shared secret
    /// zero and the box readable by all. To be asked once, where a stranger's certificate is read.
    /// </summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == PublicKeyLength && TryShare(ProbeScalar, publicKey, stackalloc byte[32]);

    /// <summary>Seals to <paramref name="recipient"/>; two boxes of the same plaintext differ.</summary>
    /// <exception cref="ArgumentException">The key is none that <see cref="IsPublicKey"/> accepts.</exception>
    public static byte[] Seal(ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> plaintext)
    {
        Expect.Length(recipient, PublicKeyLength);
        Sodium.Require();
        byte[] box = new byte[plaintext.Length + Overhead];
        return Sodium.crypto_box_seal(box, plaintext, (ulong)plaintext.Length, recipient) == 0
            ? box
            : throw new ArgumentException("No box can be sealed to a point of small order.", nameof(recipient));
    }

    /// <summary>False for anything but a box sealed to this key.</summary>
    public bool TryOpen(ReadOnlySpan<byte> box, out byte[] plaintext)
    {
        plaintext = [];
        if (box.Length < Overhead)
            return false;
        byte[] opened = new byte[box.Length - Overhead];
        if (Sodium.crypto_box_seal_open(opened, box, (ulong)box.Length, publicKey, secret.Span) != 0)
            return false;
        plaintext = opened;
        return true;
    }

    public void Dispose() => secret.Dispose();

    /// <summary>The X25519 function; false where the result would be zero (RFC 7748 section 6.1).</summary>
    internal static bool TryShare(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> shared)
    {
        Sodium.Require();
        return Sodium.crypto_scalarmult(shared, scalar, point) == 0;
    }

    // Any scalar will do: clamping makes each a multiple of the cofactor, so exactly the points of small order give zero.
    private static ReadOnlySpan<byte> ProbeScalar => "defms asks for a point's order.."u8;
}

using System.Security.Cryptography;
using System.Text;

namespace Defms.Gateway.Smtp.Sasl;

/// <summary>
/// The computations of SCRAM-SHA-256 (RFC 5802, section 3). Passwords are taken as their UTF-8 octets: SASLprep changes none that is ASCII.
/// </summary>
internal static class Scram
{
    public const int KeyLength = SHA256.HashSizeInBytes;

    /// <summary>Makes what is kept of a password.</summary>
    public static ScramVerifier Verifier(string password, ReadOnlyMemory<byte> salt, int iterations)
    {
        Span<byte> salted = stackalloc byte[KeyLength];
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt.Span, salted, iterations, HashAlgorithmName.SHA256);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return new ScramVerifier(salt, iterations, SHA256.HashData(clientKey), serverKey);
    }

    /// <summary>Whether a proof was made by somebody who knows the password.</summary>
    public static bool IsProof(ScramVerifier verifier, ReadOnlySpan<byte> authMessage, ReadOnlySpan<byte> proof)
    {
        if (proof.Length != KeyLength)
            return false;
        Span<byte> key = stackalloc byte[KeyLength];
        HMACSHA256.HashData(verifier.StoredKey.Span, authMessage, key);
        for (int i = 0; i < KeyLength; i++)
            key[i] ^= proof[i];
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(key), verifier.StoredKey.Span);
    }

    /// <summary>Proves to the client that the server knows its account.</summary>
    public static byte[] ServerSignature(ScramVerifier verifier, ReadOnlySpan<byte> authMessage) =>
        HMACSHA256.HashData(verifier.ServerKey.Span, authMessage);
}

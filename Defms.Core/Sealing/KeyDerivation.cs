using System.Security.Cryptography;
using System.Text;

namespace Defms.Core.Sealing;

/// <summary>HKDF-SHA256 (RFC 5869): many independent keys from one, told apart by a label per use.</summary>
public static class KeyDerivation
{
    /// <param name="key">The secret to derive from.</param>
    /// <param name="salt">HKDF's salt; empty where the use has none.</param>
    /// <param name="label">HKDF's info: the ASCII words that name the one use of the result.</param>
    /// <param name="subKey">Filled; at most 8,160 bytes.</param>
    /// <exception cref="ArgumentException">The label is not ASCII, or more bytes are asked for than HKDF gives.</exception>
    public static void Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, string label, Span<byte> subKey) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, subKey, salt, Ascii(label));

    internal static byte[] Ascii(string label) =>
        System.Text.Ascii.IsValid(label) ? Encoding.ASCII.GetBytes(label) : throw new ArgumentException("A label is ASCII.", nameof(label));
}

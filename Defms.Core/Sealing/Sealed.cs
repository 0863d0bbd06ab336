using System.Numerics;

namespace Defms.Core.Sealing;

/// <summary>The shape of sealed bytes (docs/formats/sealing.md): nonce, then XChaCha20-Poly1305 of the padded plaintext. Limits are constants of the format.</summary>
public static class Sealed
{
    public const int NonceLength = Aead.NonceLength;

    /// <summary>Nonce and tag; padding comes on top.</summary>
    public const int Overhead = Aead.NonceLength + Aead.TagLength;

    /// <summary>Sealed bytes travel in a block, and a block is at most 1 MiB.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>The empty plaintext: its length as one varint byte, and no padding.</summary>
    public const int MinLength = Overhead + 1;

    /// <summary>
    /// The longest plaintext whose sealing fits <see cref="MaxLength"/>: up there Padmé allows multiples of 16 KiB only, 63 of them
    /// leave room for nonce and tag, and three bytes of these are the length.
    /// </summary>
    public const int MaxPlaintextLength = (63 * 16 << 10) - 3;

    /// <summary>How long the sealing of so many bytes is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="MaxPlaintextLength"/>.</exception>
    public static int LengthOf(int plaintextLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plaintextLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plaintextLength, MaxPlaintextLength);
        return Overhead + Padme(PrefixLength(plaintextLength) + plaintextLength);
    }

    /// <summary>
    /// Padmé (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, section 4):
    /// the next length whose binary form, after the leading one, has as many significant bits as it takes to write the exponent.
    /// At most 12 % longer, and only O(log log) bits of the length remain visible.
    /// </summary>
    internal static int Padme(int length)
    {
        if (length < 2)
            return length;
        int exponent = BitOperations.Log2((uint)length);
        int freeBits = exponent - (BitOperations.Log2((uint)exponent) + 1);
        int mask = (1 << freeBits) - 1;
        return (length + mask) & ~mask;
    }

    /// <summary>How many bytes the varint of a plaintext's length takes: 1 to 3 within the limits.</summary>
    internal static int PrefixLength(int plaintextLength) => plaintextLength switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        _ => 3,
    };
}

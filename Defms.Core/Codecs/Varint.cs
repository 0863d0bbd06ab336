namespace Defms.Core.Codecs;

/// <summary>
/// Unsigned variable-length integers: seven bits a byte, least significant first (multiformats unsigned-varint).
/// Only the shortest form is read.
/// </summary>
public static class Varint
{
    /// <summary>Nine bytes carry 63 bits; the multiformats specification allows no more.</summary>
    public const int MaxLength = 9;

    private const ulong MaxValue = long.MaxValue;

    /// <summary>How many bytes <paramref name="value"/> takes.</summary>
    public static int Length(ulong value)
    {
        int length = 1;
        while ((value >>= 7) != 0)
            length++;
        return length;
    }

    /// <summary>Writes <paramref name="value"/> and returns the number of bytes written.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxValue);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
            destination[length++] = (byte)(value | 0x80);
        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads one integer from the front of <paramref name="source"/>; false when it is cut, longer than needed or too large.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong value, out int length)
    {
        ulong bits = 0;
        for (int i = 0; i < source.Length && i < MaxLength; i++)
        {
            bits |= (ulong)(source[i] & 0x7f) << (7 * i);
            if (source[i] >= 0x80)
                continue;
            bool shortest = source[i] != 0 || i == 0;
            (value, length) = shortest ? (bits, i + 1) : (0, 0);
            return shortest;
        }
        (value, length) = (0, 0);
        return false;
    }
}

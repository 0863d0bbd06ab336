using System.Buffers;
using System.Buffers.Text;

namespace Defms.Core.Mime;

/// <summary>
/// Base64 as mail has it (RFC 2045, 6.8): foreign characters are skipped, missing padding is forgiven, and after padding only lines that are wholly
/// base64 are read on, so that pieces encoded one by one are joined but a footer that a mailing list appended is not.
/// </summary>
internal static class Base64Body
{
    private const byte Foreign = 0xFF;

    private static readonly byte[] Values = MakeValues();

    /// <summary>The 64 digits.</summary>
    public static SearchValues<byte> Alphabet { get; } = SearchValues.Create(Digits);

    private static ReadOnlySpan<byte> Digits => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    public static int MaxLength(int encodedLength) => ((encodedLength / 4) + 1) * 3;

    /// <summary>True when the first line has words with spaces between: then somebody only said that it was base64.</summary>
    public static bool IsPlainlyNot(ReadOnlySpan<byte> encoded)
    {
        encoded = encoded.TrimStart(" \t\r\n"u8);
        int end = encoded.IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? encoded : encoded[..end]).TrimEnd(" \t"u8);
        return line.Count((byte)' ') * 20 > line.Length;
    }

    /// <summary>Decodes into <paramref name="octets"/>, which holds at least <see cref="MaxLength"/>, and says how many octets came out.</summary>
    public static int Decode(ReadOnlySpan<byte> encoded, Span<byte> octets)
    {
        OperationStatus status = Base64.DecodeFromUtf8(encoded, octets, out int consumed, out int written);
        return status == OperationStatus.Done && consumed == encoded.Length ? written : DecodeLeniently(encoded, octets);
    }

    private static int DecodeLeniently(ReadOnlySpan<byte> encoded, Span<byte> octets)
    {
        int written = 0, bits = 0, pending = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '=' && pending > 0)
            {
                written += FlushQuantum(bits, pending, octets[written..]);
                bits = pending = 0;
                i = NextWholeLine(encoded, i) - 1;
                continue;
            }

            byte value = Values[encoded[i]];
            if (value == Foreign)
                continue;
            bits = (bits << 6) | value;
            if (++pending < 4)
                continue;
            written += FlushQuantum(bits, pending, octets[written..]);
            bits = pending = 0;
        }

        return written + FlushQuantum(bits, pending, octets[written..]);
    }

    /// <summary>Behind padding: the start of the next line of pure base64, directly or on the next line; the end when there is none.</summary>
    private static int NextWholeLine(ReadOnlySpan<byte> encoded, int padding)
    {
        int start = padding;
        while (start < encoded.Length && (encoded[start] == '=' || MailSyntax.IsSpace(encoded[start])))
            start++;
        int end = encoded[start..].IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? encoded[start..] : encoded.Slice(start, end)).TrimEnd((byte)'=');
        foreach (byte octet in line)
        {
            if (Values[octet] == Foreign)
                return encoded.Length;
        }

        return start;
    }

    private static int FlushQuantum(int bits, int digits, Span<byte> octets)
    {
        int count = digits * 6 / 8;
        bits <<= (4 - digits) * 6;
        for (int i = 0; i < count; i++)
            octets[i] = (byte)(bits >> (16 - (8 * i)));
        return count;
    }

    private static byte[] MakeValues()
    {
        byte[] values = new byte[256];
        values.AsSpan().Fill(Foreign);
        for (int i = 0; i < Digits.Length; i++)
            values[Digits[i]] = (byte)i;
        return values;
    }
}

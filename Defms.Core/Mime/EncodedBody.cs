using System.Buffers;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>A body ready to send, its transfer encoding chosen: as it is where that is safe, else the shorter of quoted-printable and base64.</summary>
internal sealed record EncodedBody(string Encoding, byte[] Octets)
{
    private const int LineLength = 76;

    /// <summary>Text with line ends LF.</summary>
    public static EncodedBody OfText(string text)
    {
        byte[] octets = System.Text.Encoding.UTF8.GetBytes(text);
        if (IsSafe(octets))
            return new EncodedBody("7bit", WithCrlf(octets));
        byte[] canonical = WithCrlf(octets);
        byte[] quoted = QuotedPrintable(octets);
        return quoted.Length <= (canonical.Length + 2) / 3 * 4 ? new EncodedBody("quoted-printable", quoted) : OfOctets(canonical);
    }

    public static EncodedBody OfOctets(ReadOnlySpan<byte> octets)
    {
        string lines = Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks);
        return new EncodedBody("base64", System.Text.Encoding.ASCII.GetBytes(lines + "\r\n"));
    }

    /// <summary>
    /// An embedded message must not be encoded (RFC 2046, 5.2.1), so its line ends become CRLF. Null when SMTP could not carry it like that.
    /// </summary>
    public static EncodedBody? OfMessage(ReadOnlySpan<byte> octets)
    {
        if (octets.Contains((byte)0) || HasLongLine(octets))
            return null;
        byte[] canonical = WithCrlf(octets);
        return new EncodedBody(System.Text.Ascii.IsValid(octets) ? "7bit" : "8bit", canonical);
    }

    /// <summary>Printable ASCII in short lines that no mail program changes on the way.</summary>
    private static bool IsSafe(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            if (octet is > 0x7E or (< 0x20 and not (byte)'\n' and not (byte)'\t'))
                return false;
        }

        return !HasLongLine(octets) && !octets.StartsWith("From "u8) && octets.IndexOf("\nFrom "u8) < 0;
    }

    private static bool HasLongLine(ReadOnlySpan<byte> octets)
    {
        foreach (Range line in octets.Split((byte)'\n'))
        {
            if (octets[line].Length > MimeLimits.Line)
                return true;
        }

        return false;
    }

    private static byte[] WithCrlf(ReadOnlySpan<byte> octets)
    {
        var lines = new ArrayBufferWriter<byte>(octets.Length + (octets.Length / 32) + 2);
        while (!octets.IsEmpty)
        {
            int end = octets.IndexOf((byte)'\n');
            lines.Write(end < 0 ? octets : octets[..end].TrimEnd((byte)'\r'));
            lines.Write("\r\n"u8);
            octets = end < 0 ? default : octets[(end + 1)..];
        }

        return lines.WrittenSpan.ToArray();
    }

    private static byte[] QuotedPrintable(ReadOnlySpan<byte> octets)
    {
        var encoded = new ArrayBufferWriter<byte>(octets.Length + (octets.Length / 4) + 2);
        while (!octets.IsEmpty)
        {
            int end = octets.IndexOf((byte)'\n');
            QuoteLine(end < 0 ? octets : octets[..end], encoded);
            encoded.Write("\r\n"u8);
            octets = end < 0 ? default : octets[(end + 1)..];
        }

        return encoded.WrittenSpan.ToArray();
    }

    private static void QuoteLine(ReadOnlySpan<byte> line, ArrayBufferWriter<byte> encoded)
    {
        Span<byte> triple = stackalloc byte[3];
        int column = 0;
        for (int i = 0; i < line.Length; i++)
        {
            int length = MustQuote(line, i, column == 0) ? 3 : 1;
            // One column stays free for the = of a soft break.
            if (column + length > LineLength - 1 && !(i == line.Length - 1 && column + length <= LineLength))
            {
                encoded.Write("=\r\n"u8);
                column = 0;
            }

            ReadOnlySpan<byte> written = MustQuote(line, i, column == 0) ? Quote(line[i], triple) : line.Slice(i, 1);
            encoded.Write(written);
            column += written.Length;
        }
    }

    private static bool MustQuote(ReadOnlySpan<byte> line, int index, bool beginsLine) => line[index] switch
    {
        (byte)'=' => true,
        (byte)' ' or (byte)'\t' => index == line.Length - 1,
        // mbox files and SMTP give these a meaning at the start of a line.
        (byte)'F' => beginsLine && line[index..].StartsWith("From "u8),
        (byte)'.' => beginsLine,
        byte octet => octet is < 0x20 or > 0x7E,
    };

    private static Span<byte> Quote(byte octet, Span<byte> triple)
    {
        ReadOnlySpan<byte> digits = "0123456789ABCDEF"u8;
        triple[0] = (byte)'=';
        triple[1] = digits[octet >> 4];
        triple[2] = digits[octet & 15];
        return triple;
    }
}

namespace Defms.Core.Mime;

/// <summary>Quoted-printable as mail has it (RFC 2045, 6.7): an = that begins no valid sequence stays, white space at line ends goes.</summary>
internal static class QuotedPrintableBody
{
    /// <summary>Decodes into <paramref name="octets"/>, at least as long as <paramref name="encoded"/>, and says how many octets came out.</summary>
    public static int Decode(ReadOnlySpan<byte> encoded, Span<byte> octets)
    {
        int written = 0;
        while (!encoded.IsEmpty)
        {
            int end = encoded.IndexOf((byte)'\n');
            int lineEnd = end < 0 ? encoded.Length : end > 0 && encoded[end - 1] == '\r' ? end - 1 : end;
            ReadOnlySpan<byte> line = encoded[..lineEnd].TrimEnd(" \t\r"u8);
            bool soft = line.Length > 0 && line[^1] == '=';
            written += DecodeLine(soft ? line[..^1] : line, octets[written..]);
            if (end < 0)
                break;
            if (!soft)
            {
                ReadOnlySpan<byte> lineBreak = encoded[lineEnd..(end + 1)];
                lineBreak.CopyTo(octets[written..]);
                written += lineBreak.Length;
            }

            encoded = encoded[(end + 1)..];
        }

        return written;
    }

    private static int DecodeLine(ReadOnlySpan<byte> line, Span<byte> octets)
    {
        int written = 0;
        while (true)
        {
            int sign = line.IndexOf((byte)'=');
            ReadOnlySpan<byte> plain = sign < 0 ? line : line[..sign];
            plain.CopyTo(octets[written..]);
            written += plain.Length;
            if (sign < 0)
                return written;
            line = line[sign..];
            int high = line.Length > 2 ? MailSyntax.HexDigit(line[1]) : -1;
            int low = high < 0 ? -1 : MailSyntax.HexDigit(line[2]);
            octets[written++] = low < 0 ? (byte)'=' : (byte)((high << 4) | low);
            line = line[(low < 0 ? 1 : 3)..];
        }
    }
}

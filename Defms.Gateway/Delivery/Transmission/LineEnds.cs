namespace Defms.Gateway.Delivery.Transmission;

/// <summary>
/// Gives octets the form in which SMTP may carry them: every line ends with CRLF, and neither a bare CR nor NUL is left. A bare LF or CR ends a
/// line. NUL, which SMTP cannot carry (RFC 5321, 4.1.2 and RFC 2045, 2.8), is taken out, because some servers do that themselves
/// and look for the end of data afterwards. So there is one reading of where lines end, whoever reads.
/// </summary>
internal static class LineEnds
{
    /// <summary>The same octets where they need nothing done, else a copy.</summary>
    public static ReadOnlyMemory<byte> Normalize(ReadOnlyMemory<byte> octets)
    {
        if (IsNormal(octets.Span))
            return octets;
        ReadOnlySpan<byte> from = octets.Span;
        byte[] to = new byte[from.Length + from.Count((byte)'\n') + from.Count((byte)'\r') + 2];
        return to.AsMemory(0, Write(from, to));
    }

    private static int Write(ReadOnlySpan<byte> from, byte[] to)
    {
        int length = 0;
        for (int i = 0; i < from.Length; i++)
        {
            byte octet = from[i];
            // CR NUL LF is one line end for whoever drops the NUL.
            bool endsWithNext = octet == '\r' && from[(i + 1)..].TrimStart((byte)0) is [(byte)'\n', ..];
            if (octet == 0 || endsWithNext)
                continue;
            if (octet is (byte)'\r' or (byte)'\n')
                to[length++] = (byte)'\r';
            to[length++] = octet == '\r' ? (byte)'\n' : octet;
        }
        if (length > 0 && to[length - 1] != '\n')
        {
            to[length++] = (byte)'\r';
            to[length++] = (byte)'\n';
        }
        return length;
    }

    private static bool IsNormal(ReadOnlySpan<byte> octets)
    {
        int crlf = octets.Count("\r\n"u8);
        return (octets.IsEmpty || octets.EndsWith("\r\n"u8)) && !octets.Contains((byte)0)
            && octets.Count((byte)'\r') == crlf && octets.Count((byte)'\n') == crlf;
    }
}

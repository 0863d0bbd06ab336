namespace Defms.Core.Mime;

/// <summary>The uuencode of POSIX, met in mail as Content-Transfer-Encoding x-uuencode: the lines between "begin MODE NAME" and "end".</summary>
internal static class UuencodedBody
{
    /// <summary>Decodes into <paramref name="octets"/>, at least as long as <paramref name="encoded"/>. False when there is no "begin" line.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> octets, out int written)
    {
        written = 0;
        int begin = encoded.StartsWith("begin "u8) ? 0 : encoded.IndexOf("\nbegin "u8) + 1;
        if (begin == 0 && !encoded.StartsWith("begin "u8))
            return false;
        foreach (Range range in encoded[begin..].Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = encoded[begin..][range].TrimEnd("\r"u8);
            if (line.StartsWith("begin "u8) || line.IsEmpty)
                continue;
            if (line.SequenceEqual("end"u8))
                break;
            written += DecodeLine(line, octets[written..]);
        }

        return true;
    }

    private static int DecodeLine(ReadOnlySpan<byte> line, Span<byte> octets)
    {
        int length = (line[0] - ' ') & 0x3F;
        int written = 0;
        for (int i = 1; i < line.Length && written < length; i += 4)
        {
            int bits = 0;
            for (int k = 0; k < 4; k++)
                bits = (bits << 6) | (i + k < line.Length ? (line[i + k] - ' ') & 0x3F : 0);
            for (int k = 0; k < 3 && written < length; k++)
                octets[written++] = (byte)(bits >> (16 - (8 * k)));
        }

        return written;
    }
}

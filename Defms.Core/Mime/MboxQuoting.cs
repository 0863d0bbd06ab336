namespace Defms.Core.Mime;

/// <summary>The quoting of mboxrd: a ">" before each line that begins with any number of ">" and then "From ". It can be undone exactly.</summary>
public static class MboxQuoting
{
    /// <summary>Writes octets with the quoting done.</summary>
    public static void Write(Stream output, ReadOnlySpan<byte> octets)
    {
        int written = 0;
        for (int at = Next(octets, 0, out _); at >= 0; at = Next(octets, at + 1, out _))
        {
            output.Write(octets[written..at]);
            output.WriteByte((byte)'>');
            written = at;
        }
        output.Write(octets[written..]);
    }

    /// <summary>Takes the quoting away.</summary>
    /// <param name="onlyFirst">Only from lines with a single ">": the older form, which quotes nothing else.</param>
    public static byte[] Undo(ReadOnlySpan<byte> text, bool onlyFirst)
    {
        byte[] octets = new byte[text.Length];
        int length = 0, copied = 0;
        for (int at = Next(text, 0, out int quotes); at >= 0; at = Next(text, at + 1, out quotes))
        {
            if (quotes == 0 || (onlyFirst && quotes > 1))
                continue;
            text[copied..at].CopyTo(octets.AsSpan(length));
            length += at - copied;
            copied = at + 1;
        }
        text[copied..].CopyTo(octets.AsSpan(length));
        return length + text.Length - copied == octets.Length ? octets : octets[..(length + text.Length - copied)];
    }

    /// <summary>The next line from <paramref name="from"/> on that is "From " behind any number of ">"; -1 where there is none.</summary>
    private static int Next(ReadOnlySpan<byte> text, int from, out int quotes)
    {
        quotes = 0;
        while (from < text.Length && text[from..].IndexOf("From "u8) is >= 0 and var found)
        {
            int start = from + found;
            while (start > 0 && text[start - 1] == '>')
                start--;
            if ((start == 0 || text[start - 1] == '\n') && start >= from)
            {
                quotes = from + found - start;
                return start;
            }
            from += found + 1;
        }
        return -1;
    }
}

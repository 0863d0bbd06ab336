using System.Text;

namespace Defms.Core.Mime;

/// <summary>The paragraphs of format=flowed (RFC 3676): a line that ends in a space goes on in the next one of the same quote depth.</summary>
internal static class FlowedText
{
    // RFC 3676, 4.2: lines of at most 78, 66 to 72 recommended.
    private const int Width = 72;

    /// <summary>Joins the lines of decoded text. Quoted lines come out as the marks, a space, and the text.</summary>
    /// <param name="text">Lines ending in LF.</param>
    /// <param name="deleteSpaces">The parameter DelSp=yes: the space at the end of a soft line is not part of the text.</param>
    public static string Join(string text, bool deleteSpaces)
    {
        var joined = new StringBuilder(text.Length);
        int openDepth = -1;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int depth = line.IndexOfAnyExcept('>') is int end && end < 0 ? line.Length : end;
            ReadOnlySpan<char> content = line[depth..];
            if (content.StartsWith(" "))
                content = content[1..];
            bool signature = content is "-- ";
            if (openDepth >= 0 && (openDepth != depth || signature))
            {
                joined.Append('\n');
                openDepth = -1;
            }

            if (openDepth < 0)
                AppendMarks(joined, depth, content.Length > 0);
            bool soft = content.EndsWith(" ") && !signature;
            joined.Append(soft && deleteSpaces ? content[..^1] : content);
            openDepth = soft ? depth : -1;
            if (!soft)
                joined.Append('\n');
        }

        // EnumerateLines gives one empty line behind a final line end.
        if (joined.Length > 0 && openDepth < 0)
            joined.Length--;
        return joined.ToString();
    }

    /// <summary>Breaks long lines softly and stuffs a space before what would be misread, line ends LF. Spaces at the ends of the given lines go.</summary>
    public static string Flow(string text)
    {
        var flowed = new StringBuilder(text.Length + (text.Length / 16));
        bool first = true;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (!first)
                flowed.Append('\n');
            first = false;
            AppendFlowed(flowed, line is "-- " ? line : line.TrimEnd(' '));
        }

        return flowed.ToString();
    }

    private static void AppendMarks(StringBuilder joined, int depth, bool hasText)
    {
        joined.Append('>', depth);
        if (depth > 0 && hasText)
            joined.Append(' ');
    }

    private static void AppendFlowed(StringBuilder flowed, ReadOnlySpan<char> line)
    {
        int depth = line.IndexOfAnyExcept('>') is int end && end < 0 ? line.Length : end;
        ReadOnlySpan<char> content = line[depth..];
        if (depth > 0 && content.StartsWith(" "))
            content = content[1..];
        while (true)
        {
            flowed.Append('>', depth);
            if (content.Length > 0 && (depth > 0 || content[0] is ' ' or '>' || content.StartsWith("From ")))
                flowed.Append(' ');
            int width = Math.Max(20, Width - depth);
            int cut = content.Length <= width + 6 || content is "-- " ? -1 : SoftBreak(content, width);
            if (cut < 0)
            {
                flowed.Append(content);
                return;
            }

            flowed.Append(content[..cut]).Append('\n');
            content = content[cut..];
        }
    }

    /// <summary>Behind the last run of spaces that begins within the width, else behind the first one; -1 when the line has none to break at.</summary>
    private static int SoftBreak(ReadOnlySpan<char> content, int width)
    {
        int space = content[..width].LastIndexOf(' ');
        if (space <= 0)
            space = content.IndexOf(' ');
        // A line that is "-- " alone would begin a signature.
        if (space == 2 && content.StartsWith("-- "))
            space = content[3..].IndexOf(' ') is int next && next < 0 ? -1 : next + 3;
        if (space < 0)
            return -1;
        int cut = space + 1;
        while (cut < content.Length && content[cut] == ' ')
            cut++;
        return cut < content.Length ? cut : -1;
    }
}

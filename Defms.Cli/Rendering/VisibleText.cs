using System.Text;

namespace Defms.Cli.Rendering;

/// <summary>
/// Text of strangers made fit for a terminal: nothing in it can move the cursor, change colours or turn the direction of other text. What
/// is harmful is shown as a mark; what is only invisible is left out.
/// </summary>
internal static class VisibleText
{
    /// <summary>One line: line ends and tabs become spaces.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>Lines ending in LF; tabs stay.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    /// <summary>Whether a terminal could take this character for something else than text.</summary>
    internal static bool IsHarmful(int point) => point is
        < 0x20 or (>= 0x7F and <= 0x9F) or (>= 0x2028 and <= 0x202E) or (>= 0x2066 and <= 0x2069) or (>= 0xFFF9 and <= 0xFFFB);

    /// <summary>Marks of direction, soft hyphens and spaces without width: some are meant well, none is missed.</summary>
    private static bool IsUnseen(char c) => c is '\u00AD' or '\u061C' or '\u200B' or '\u200E' or '\u200F' or '\u2060' or '\uFEFF';

    private static string Clean(string text, bool keepLines)
    {
        int first = 0;
        while (first < text.Length && !IsHarmful(text[first]) && !IsUnseen(text[first]))
            first++;
        if (first == text.Length)
            return text;
        var clean = new StringBuilder(text, 0, first, text.Length);
        foreach (char c in text.AsSpan(first))
        {
            if (c is '\n' or '\t')
                clean.Append(keepLines ? c : ' ');
            else if (c == '\r' && !keepLines)
                clean.Append(' ');
            else if (c != '\r' && !IsUnseen(c))
                clean.Append(IsHarmful(c) ? Mark(c) : c);
        }
        return clean.ToString();
    }

    /// <summary>The picture Unicode has for a control of ASCII; the replacement character for the rest.</summary>
    private static char Mark(char c) => c < ' ' ? (char)(0x2400 + c) : c == '\x7F' ? '\u2421' : '\uFFFD';
}

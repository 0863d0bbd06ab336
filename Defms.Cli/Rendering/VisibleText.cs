using System.Buffers;
using System.Text;

namespace Defms.Cli.Rendering;

/// <summary>
/// Text of strangers made fit for a terminal: nothing in it can move the cursor, change colours or turn the direction of other text. What
/// is harmful is shown as a mark; what is only invisible is left out.
/// </summary>
internal static class VisibleText
{
    private const string DirectionMarks = "\u061C\u200E\u200F";
    private const string Turning = "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u2028\u2029\uFFF9\uFFFA\uFFFB";
    private const string Unseen = DirectionMarks + "\u00AD\u200B\u2060\uFEFF";

    private static readonly SearchValues<char> Hidden = SearchValues.Create(Controls() + Turning + Unseen);

    /// <summary>One line: line ends and tabs become spaces.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>Lines ending in LF; tabs stay.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    /// <summary>Whether a terminal could take this character for something else than text.</summary>
    internal static bool IsHarmful(int point) => point <= char.MaxValue && (char.IsControl((char)point) || Turning.Contains((char)point));

    private static string Clean(string text, bool keepLines)
    {
        if (!text.AsSpan().ContainsAny(Hidden))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '\n' or '\t')
                clean.Append(keepLines ? c : ' ');
            else if (c == '\r' && !keepLines)
                clean.Append(' ');
            else if (c != '\r' && !Unseen.Contains(c))
                clean.Append(Hidden.Contains(c) ? Mark(c) : c);
        }
        return clean.ToString();
    }

    /// <summary>The picture Unicode has for a control of ASCII; the replacement character for the rest.</summary>
    private static char Mark(char c) => c < ' ' ? (char)(0x2400 + c) : c == '\x7F' ? '\u2421' : '\uFFFD';

    private static string Controls() => string.Concat(Enumerable.Range(0, 0xA0).Select(i => (char)i).Where(char.IsControl));
}

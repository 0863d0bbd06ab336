using System.Text;

namespace Defms.Cli.Rendering;

/// <summary>Long quotations cut down to their beginning: whoever reads a conversation has read above what is quoted below.</summary>
internal static class FoldedQuotes
{
    /// <summary>A quotation of so many lines is shown whole.</summary>
    private const int Whole = 5;

    /// <summary>Of a longer one so many are shown.</summary>
    private const int Shown = 2;

    /// <param name="text">Lines ending in LF.</param>
    public static string Of(string text)
    {
        string[] lines = text.Split('\n');
        var folded = new StringBuilder(text.Length);
        for (int i = 0; i < lines.Length;)
        {
            int end = EndOfQuote(lines, i);
            int shown = end - i > Whole ? i + Shown : end;
            for (; i < shown; i++)
                folded.Append(lines[i]).Append('\n');
            if (i < end)
                folded.Append($"> … {Names.Count(end - i, "more quoted line")} (--quotes shows all)\n");
            i = end;
        }
        return folded.ToString(0, folded.Length - 1);
    }

    /// <summary>Behind the quotation that begins at a line, or behind the line where none does.</summary>
    private static int EndOfQuote(string[] lines, int start)
    {
        int end = start;
        while (end < lines.Length && lines[end].StartsWith('>'))
            end++;
        return Math.Max(end, start + 1);
    }
}

using System.Globalization;
using System.Text;

namespace Defms.Cli.Rendering;

/// <summary>
/// How many columns of a terminal text takes: what a reader sees as one character (UAX #29) counts once, and twice where it is East Asian
/// wide (UAX #11) or an emoji.
/// </summary>
internal static class TextWidth
{
    private const char Escape = '\e';
    private const char EmojiStyle = '\uFE0F';

    /// <summary>
    /// First and last of each range that is Wide or Fullwidth in EastAsianWidth.txt of Unicode 14, over unassigned gaps. Taken from the
    /// table, because .NET has none.
    /// </summary>
    private static ReadOnlySpan<int> Wide =>
    [
        0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3, 0x25FD, 0x25FE, 0x2614, 0x2615,
        0x2648, 0x2653, 0x267F, 0x267F, 0x2693, 0x2693, 0x26A1, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE,
        0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD, 0x2705, 0x2705, 0x270A, 0x270B,
        0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27B0, 0x27B0, 0x27BF, 0x27BF,
        0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55, 0x2B55, 0x2E80, 0x303E, 0x3041, 0x3247, 0x3250, 0x4DBF, 0x4E00, 0xA4C6, 0xA960, 0xA97F,
        0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE10, 0xFE19, 0xFE30, 0xFE6B, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x16FE0, 0x1B2FB, 0x1F004, 0x1F004,
        0x1F0CF, 0x1F0CF, 0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F200, 0x1F320, 0x1F32D, 0x1F335, 0x1F337, 0x1F37C, 0x1F37E, 0x1F393,
        0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3, 0x1F3E0, 0x1F3F0, 0x1F3F4, 0x1F3F4, 0x1F3F8, 0x1F43E, 0x1F440, 0x1F440, 0x1F442, 0x1F4FC,
        0x1F4FF, 0x1F53D, 0x1F54B, 0x1F54E, 0x1F550, 0x1F567, 0x1F57A, 0x1F57A, 0x1F595, 0x1F596, 0x1F5A4, 0x1F5A4, 0x1F5FB, 0x1F64F,
        0x1F680, 0x1F6C5, 0x1F6CC, 0x1F6CC, 0x1F6D0, 0x1F6D2, 0x1F6D5, 0x1F6DF, 0x1F6EB, 0x1F6EC, 0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7F0,
        0x1F90C, 0x1F93A, 0x1F93C, 0x1F945, 0x1F947, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD,
    ];

    public static int Of(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text) && !text.Contains(Escape))
            return text.Length;
        int width = 0;
        while (!text.IsEmpty)
        {
            (int length, int columns) = Next(text);
            width += columns;
            text = text[length..];
        }
        return width;
    }

    /// <summary>As much of a line as fits <paramref name="width"/> columns, with "…" where something is left out.</summary>
    public static string Cut(string text, int width)
    {
        if (Of(text) <= width)
            return text;
        int end = Fitting(text, width - 1);
        return string.Concat(text.AsSpan(0, end).TrimEnd(), "…");
    }

    /// <summary>Cut or filled with spaces to exactly <paramref name="width"/> columns.</summary>
    public static string Fit(string text, int width)
    {
        string cut = Cut(text, width);
        return cut + new string(' ', Math.Max(0, width - Of(cut)));
    }

    /// <summary>How many characters from the start take at most <paramref name="width"/> columns.</summary>
    internal static int Fitting(ReadOnlySpan<char> text, int width)
    {
        int end = 0;
        while (end < text.Length)
        {
            (int length, int columns) = Next(text[end..]);
            width -= columns;
            if (width < 0)
                break;
            end += length;
        }
        return end;
    }

    /// <summary>The first element and its columns. A style of <see cref="Screen"/> takes none; strangers' text holds no escape any more.</summary>
    private static (int Length, int Columns) Next(ReadOnlySpan<char> text)
    {
        int styleEnd = text[0] == Escape ? text.IndexOf('m') : -1;
        if (styleEnd >= 0)
            return (styleEnd + 1, 0);
        int length = StringInfo.GetNextTextElementLength(text);
        return (length, OfElement(text[..length]));
    }

    /// <summary>A flag, a joined emoji or one with a skin tone is two columns; otherwise each rune counts that is no mark.</summary>
    private static int OfElement(ReadOnlySpan<char> element)
    {
        if (element.Contains(EmojiStyle))
            return 2;
        int width = 0;
        bool isFlag = false;
        foreach (Rune rune in element.EnumerateRunes())
        {
            if (width == 2)
                return 2;
            width += IsWide(rune.Value) ? 2 : IsMark(rune) ? 0 : 1;
            isFlag = rune.Value is >= 0x1F1E6 and <= 0x1F1FF;
        }
        return isFlag ? 2 : width;
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Control;

    private static bool IsWide(int point)
    {
        ReadOnlySpan<int> ranges = Wide;
        int low = 0;
        int high = ranges.Length / 2;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (point > ranges[(2 * middle) + 1])
                low = middle + 1;
            else
                high = middle;
        }
        return 2 * low < ranges.Length && point >= ranges[2 * low];
    }
}

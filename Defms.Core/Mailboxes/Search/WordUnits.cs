namespace Defms.Core.Mailboxes.Search;

/// <summary>A word, or one character of a script that puts no spaces between words: what a search compares.</summary>
internal readonly record struct WordUnit(int Start, int End, bool IsUnspaced);

/// <summary>Cuts text into units.</summary>
internal static class WordUnits
{
    /// <summary>Whether there is anything to search for.</summary>
    internal static bool Any(ReadOnlySpan<char> text) => TryNext(text, 0, out _);

    /// <summary>The first unit at or behind <paramref name="at"/>.</summary>
    internal static bool TryNext(ReadOnlySpan<char> text, int at, out WordUnit unit)
    {
        unit = default;
        while (at < text.Length)
        {
            // Most text is ASCII, and most of a search's time is here.
            if (text[at] < 0x80 && !char.IsAsciiLetterOrDigit(text[at]))
            {
                at++;
                continue;
            }
            LetterKind kind = KindAt(text, at, out int length);
            if (kind == LetterKind.Unspaced)
            {
                unit = new WordUnit(at, at + length, IsUnspaced: true);
                return true;
            }
            if (kind == LetterKind.Letter)
            {
                unit = new WordUnit(at, EndOfWord(text, at + length), IsUnspaced: false);
                return true;
            }
            at += length;
        }
        return false;
    }

    /// <summary>The letters of a unit as they are compared.</summary>
    internal static string Fold(ReadOnlySpan<char> unit)
    {
        Span<char> folded = unit.Length <= 256 ? stackalloc char[unit.Length] : new char[unit.Length];
        int count = 0;
        foreach (char letter in unit)
        {
            if (char.IsSurrogate(letter) || Letters.KindOf(letter) != LetterKind.Invisible)
                folded[count++] = Letters.Fold(letter);
        }
        return folded[..count].ToString();
    }

    /// <summary>Whether a unit is a folded one, or begins with it.</summary>
    internal static bool IsSame(ReadOnlySpan<char> unit, string folded, bool isPrefix)
    {
        int same = 0;
        foreach (char letter in unit)
        {
            if (same == folded.Length && isPrefix)
                return true;
            if (!char.IsSurrogate(letter) && letter >= 0x80 && Letters.KindOf(letter) == LetterKind.Invisible)
                continue;
            if (same == folded.Length || Letters.Fold(letter) != folded[same])
                return false;
            same++;
        }
        return same == folded.Length;
    }

    private static int EndOfWord(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length)
        {
            int length = 1;
            if (!char.IsAsciiLetterOrDigit(text[at]) && (text[at] < 0x80 || KindAt(text, at, out length) is not (LetterKind.Letter or LetterKind.Invisible)))
                break;
            at += length;
        }
        return at;
    }

    private static LetterKind KindAt(ReadOnlySpan<char> text, int at, out int length) => Letters.KindOf(Letters.PointAt(text, at, out length));
}

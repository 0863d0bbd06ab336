using System.Text;
using Defms.Core.Mailboxes.Search;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// Texts as FTS5's "ascii" tokenizer cuts them rightly. Letters beyond ASCII are folded; in scripts without spaces every two neighbours make a word,
/// and the last character of a run one of its own, so that any part of a run is found as a phrase or as the beginning of a word.
/// </summary>
internal static class SearchTableText
{
    /// <summary>A text to be indexed.</summary>
    internal static string OfDocument(string text) => Ascii.IsValid(text) ? text : Write(text, isQuery: false, out _);

    /// <summary>Words to look for: ASCII letters and digits, characters beyond, and spaces.</summary>
    /// <param name="isOpen">Whether the last word is only the beginning of one in the index.</param>
    internal static string OfQuery(string text, out bool isOpen) => Write(text, isQuery: true, out isOpen);

    private static string Write(string text, bool isQuery, out bool isOpen)
    {
        var written = new StringBuilder(text.Length + (text.Length / 4));
        int runStart = -1;
        int runLength = 0;
        for (int i = 0; i < text.Length;)
        {
            LetterKind kind = Letters.KindOf(Letters.PointAt(text, i, out int length));
            if (kind == LetterKind.Unspaced)
            {
                if (runLength++ == 0) runStart = i;
                i += length;
                continue;
            }

            // Marks that do not count do not end a run either.
            if (runLength > 0 && kind != LetterKind.Invisible)
            {
                WriteRun(written, text.AsSpan(runStart, i - runStart), isWhole: true);
                runLength = 0;
            }

            if (kind == LetterKind.Letter) WriteLetter(written, text.AsSpan(i, length));
            else if (kind == LetterKind.Separator) written.Append(isQuery || !char.IsAscii(text[i]) ? ' ' : text[i]);
            i += length;
        }

        isOpen = runLength == 1;
        if (runLength > 0) WriteRun(written, text.AsSpan(runStart), isWhole: !isQuery || isOpen);
        return written.ToString();
    }

    private static void WriteLetter(StringBuilder written, ReadOnlySpan<char> letter)
    {
        if (letter.Length == 1) written.Append(Letters.Fold(letter[0]));
        else written.Append(letter);
    }

    /// <param name="isWhole">Whether the last character gets a word of its own: not where a query may end inside a longer run.</param>
    private static void WriteRun(StringBuilder written, ReadOnlySpan<char> run, bool isWhole)
    {
        ReadOnlySpan<char> before = default;
        for (int i = 0; i < run.Length;)
        {
            int point = Letters.PointAt(run, i, out int length);
            if (Letters.KindOf(point) != LetterKind.Invisible)
            {
                ReadOnlySpan<char> character = run.Slice(i, length);
                if (!before.IsEmpty) written.Append(' ').Append(before).Append(character);
                before = character;
            }

            i += length;
        }

        if (isWhole) written.Append(' ').Append(before);
        written.Append(' ');
    }
}

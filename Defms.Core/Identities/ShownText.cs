using System.Text;

namespace Defms.Core.Identities;

/// <summary>
/// What text on a card may hold, since it is shown to people and put into terminals and header fields. The code points are listed here
/// (docs/formats/card.md, "Text") and not taken from Unicode's categories: those grow with every version of the tables, and two programs
/// must not disagree on a card.
/// </summary>
internal static class ShownText
{
    private const int MaxLocalPartLength = 64;
    private const int MaxLabelLength = 63;
    private const string AtomMarks = "!#$%&'*+-/=?^_`{|}~.";

    /// <summary>A person's name: one line, nothing that hides or turns the text around it, no space at either end.</summary>
    internal static bool IsName(string text, int limit) => IsLine(text, limit) && text[0] != ' ' && text[^1] != ' ';

    /// <summary>
    /// A mail address <c>local@domain</c> without quoting, comments or address literals (RFC 5321 section 4.1.2, non-ASCII letters as in
    /// RFC 6531); nothing invisible, so that two addresses which differ can be told apart.
    /// </summary>
    internal static bool IsAddress(string text, int limit)
    {
        int at = text.IndexOf('@');
        return at > 0 && IsLine(text, limit) && !text.EnumerateRunes().Any(rune => IsBlank(rune.Value))
            && Encoding.UTF8.GetByteCount(text.AsSpan(0, at)) <= MaxLocalPartLength
            && text[..at].All(c => IsLetterOrDigit(c) || AtomMarks.Contains(c))
            && text[(at + 1)..].Split('.').All(IsLabel);
    }

    /// <summary>A multiaddress as far as it matters here: visible ASCII that begins with a slash.</summary>
    internal static bool IsMultiaddress(string text, int limit) =>
        text.Length <= limit && text.StartsWith('/') && text.All(c => c is > ' ' and < '\x7f');

    private static bool IsLine(string text, int limit)
    {
        int length = 0;
        for (int i = 0; i < text.Length;)
        {
            // Half a surrogate pair cannot come out of UTF-8, but a caller of ours may hold one.
            if (!Rune.TryGetRuneAt(text, i, out Rune rune) || IsHidden(rune.Value))
                return false;
            i += rune.Utf16SequenceLength;
            length += rune.Utf8SequenceLength;
        }
        return length > 0 && length <= limit;
    }

    /// <summary>Controls, line separators, and what reorders or is not seen. The joiners U+200C and U+200D are part of real names.</summary>
    private static bool IsHidden(int point) => point is
        < 0x20 or (>= 0x7f and <= 0x9f) or 0xad or 0x61c or 0x180e or 0x200b or 0x200e or 0x200f
        or (>= 0x2028 and <= 0x202e) or (>= 0x2060 and <= 0x206f) or 0xfeff or (>= 0xfff9 and <= 0xfffb) or (>= 0xe0000 and <= 0xe007f);

    /// <summary>Spaces of every width, and the joiners.</summary>
    private static bool IsBlank(int point) => point is
        0x20 or 0xa0 or 0x1680 or (>= 0x2000 and <= 0x200d) or 0x202f or 0x205f or 0x2800 or 0x3000 or 0x3164;

    private static bool IsLabel(string label) =>
        label.Length > 0 && Encoding.UTF8.GetByteCount(label) <= MaxLabelLength && label[0] != '-' && label[^1] != '-'
        && label.All(c => IsLetterOrDigit(c) || c is '-' or '_');

    private static bool IsLetterOrDigit(char c) => c > '\x7f' || char.IsAsciiLetterOrDigit(c);
}

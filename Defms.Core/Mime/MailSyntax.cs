using System.Buffers;

namespace Defms.Core.Mime;

/// <summary>The character classes of RFC 5322, read as widely as real mail needs.</summary>
internal static class MailSyntax
{
    private const string AtextPunctuation = "!#$%&'*+-/=?^_`{|}~";

    private static readonly SearchValues<char> Atext =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + AtextPunctuation);

    private static readonly SearchValues<byte> TokenEnds = SearchValues.Create("()<>@,;:\\\"/[]?= \t\r\n"u8);

    public static bool IsSpace(byte octet) => octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    public static bool IsAtext(char character) => character >= 0x80 ? !char.IsControl(character) : Atext.Contains(character);

    /// <summary>True for a dot-atom (RFC 5322, 3.2.3) with the characters that RFC 6532 adds.</summary>
    public static bool IsDotAtom(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '.' || text[^1] == '.')
            return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '.' ? text[i - 1] == '.' : !IsAtext(text[i]))
                return false;
        }

        return true;
    }

    /// <summary>True for a token of RFC 2045, 5.1.</summary>
    public static bool IsToken(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return false;
        foreach (char character in text)
        {
            if (character is <= ' ' or >= (char)0x7F || TokenEnds.Contains((byte)character))
                return false;
        }

        return true;
    }

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return text[start..end];
    }

    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length == right.Length && System.Text.Ascii.EqualsIgnoreCase(left, right);

    public static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && System.Text.Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);

    public static int HexDigit(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        _ => -1,
    };
}

using System.Text;

namespace Defms.Core.Mime;

/// <summary>Writes text as encoded words (RFC 2047) in UTF-8, no character split, each word at most 75 long, in the shorter of the two encodings.</summary>
internal static class EncodedWordWriter
{
    private const int MaxWord = 75;
    private const string Prefix = "=?utf-8?q?";
    private const string Suffix = "?=";

    // Even behind the longest field name a word must hold one character of four octets in Q.
    private const int MinRoom = 12;

    /// <param name="text">Any text.</param>
    /// <param name="firstRoom">How long the first word may be, so that it fits on the line that has the field name.</param>
    public static List<string> Write(string text, int firstRoom)
    {
        byte[] octets = Encoding.UTF8.GetBytes(text);
        bool base64 = QLength(octets) > ((octets.Length + 2) / 3 * 4);
        var words = new List<string>();
        int start = 0, room = Room(firstRoom);
        while (start < octets.Length)
        {
            int end = start;
            while (end < octets.Length)
            {
                int next = end + CharacterLength(octets, end);
                int length = base64 ? (next - start + 2) / 3 * 4 : QLength(octets.AsSpan(start, next - start));
                if (length > room && end > start)
                    break;
                end = next;
            }

            words.Add(WriteWord(octets.AsSpan(start, end - start), base64));
            start = end;
            room = Room(MaxWord);
        }

        return words;
    }

    private static int Room(int limit) => Math.Max(MinRoom, Math.Min(MaxWord, limit) - Prefix.Length - Suffix.Length);

    private static int CharacterLength(byte[] octets, int start)
    {
        int end = start + 1;
        while (end < octets.Length && (octets[end] & 0xC0) == 0x80)
            end++;
        return end - start;
    }

    private static int QLength(ReadOnlySpan<byte> octets)
    {
        int length = 0;
        foreach (byte octet in octets)
            length += IsPlain(octet) || octet == ' ' ? 1 : 3;
        return length;
    }

    private static string WriteWord(ReadOnlySpan<byte> octets, bool base64)
    {
        if (base64)
            return "=?utf-8?b?" + Convert.ToBase64String(octets) + Suffix;
        var word = new StringBuilder(Prefix, MaxWord);
        foreach (byte octet in octets)
        {
            if (IsPlain(octet))
                word.Append((char)octet);
            else if (octet == ' ')
                word.Append('_');
            else
                word.Append('=').Append(octet.ToString("X2"));
        }

        return word.Append(Suffix).ToString();
    }

    /// <summary>What RFC 2047, 5 (3) allows unencoded even inside a phrase.</summary>
    private static bool IsPlain(byte octet) =>
        char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'!' or (byte)'*' or (byte)'+' or (byte)'-' or (byte)'/';
}

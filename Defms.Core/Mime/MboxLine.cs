using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>
/// The line that begins a message in an mbox: "From ", the envelope's sender, a date (RFC 4155). Behind the date we may write a mark in
/// parentheses: what an mbox cannot say otherwise without changing the octets (docs/formats/filing.md, "mbox").
/// </summary>
public static class MboxLine
{
    /// <summary>Longer lines are text: an address has at most 320 octets and a date 40.</summary>
    internal const int MaxLength = 1000;

    private const string MarkBefore = " (defms ";

    /// <summary>Whether a line, without its line end, begins a message: after "From " it holds a time of day and a year. Netscape wrote a minus sign alone.</summary>
    public static bool IsSeparator(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("From "u8) || line.Length > MaxLength)
            return false;
        if (line[5..].TrimEnd((byte)' ') is [(byte)'-'])
            return true;
        bool hasTime = false, hasYear = false;
        foreach (Range range in line[5..].SplitAny(" \t"u8))
        {
            ReadOnlySpan<byte> word = line[5..][range];
            hasTime |= IsTime(word);
            hasYear |= hasTime && IsYear(word);
        }
        return hasYear;
    }

    /// <summary>What stands between "(defms " and the parenthesis at the end of the line; null where nothing does.</summary>
    public static string? MarkOf(ReadOnlySpan<byte> line)
    {
        int start = line.LastIndexOf(" (defms "u8);
        return start >= 0 && line[^1] == ')' ? Encoding.ASCII.GetString(line[(start + MarkBefore.Length)..^1]) : null;
    }

    /// <param name="sender">An address; what would break the line is left out.</param>
    /// <param name="mark">ASCII letters and minus signs.</param>
    public static byte[] Write(string sender, DateTimeOffset date, string? mark)
    {
        string address = string.Concat(sender.Where(c => c is > ' ' and < (char)0x7F));
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"From {(address.Length is 0 or > 320 ? "MAILER-DAEMON" : address)} {date.UtcDateTime:ddd MMM} {date.UtcDateTime.Day,2} {date.UtcDateTime:HH:mm:ss yyyy}");
        return Encoding.ASCII.GetBytes(mark is null ? line + "\n" : $"{line}{MarkBefore}{mark})\n");
    }

    private static bool IsTime(ReadOnlySpan<byte> word) =>
        word.Length is >= 4 and <= 8 && word.IndexOf((byte)':') is 1 or 2 && !word.ContainsAnyExceptInRange((byte)'0', (byte)':');

    private static bool IsYear(ReadOnlySpan<byte> word) =>
        word.Length == 4 && Utf8Parser.TryParse(word, out int year, out int used) && used == 4 && year is >= 1970 and <= 9999;
}

using System.Globalization;
using System.Text;

namespace Defms.Gateway.Imap.Wire;

/// <summary>The date-time of RFC 3501 section 9, such as <c>17-Jul-1996 02:44:25 -0700</c>, its day perhaps with a space before it.</summary>
internal static class InternalDate
{
    private const int Length = 26;

    public static DateTimeOffset? Read(ReadOnlySpan<byte> text)
    {
        if (text.Length is < Length - 1 or > Length)
            return null;
        string shown = Encoding.Latin1.GetString(text).Trim();
        return DateTimeOffset.TryParseExact(shown, "d-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset date)
            || DateTimeOffset.TryParseExact(Colon(shown), "d-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out date)
            ? date : null;
    }

    /// <summary>.NET wants a colon in the zone.</summary>
    private static string Colon(string text) => text.Insert(text.Length - 2, ":");
}

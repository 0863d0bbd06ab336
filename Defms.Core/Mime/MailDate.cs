using System.Globalization;

namespace Defms.Core.Mime;

/// <summary>Dates of mail: written as RFC 5322, 3.3 says, read as thirty years of programs have written them.</summary>
public static class MailDate
{
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Reads a Date value. False when no day or no time of day can be made out.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out DateTimeOffset date)
    {
        var reader = new MailDateReader(value);
        return reader.TryRead(out date);
    }

    /// <summary>For example "Thu, 13 Feb 1969 23:32:54 -0330".</summary>
    public static string Format(DateTimeOffset date)
    {
        int minutes = (int)date.Offset.TotalMinutes;
        (int hour, int minute) = Math.DivRem(Math.Abs(minutes), 60);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Days[(int)date.DayOfWeek]}, {date.Day} {Months[date.Month - 1]} {date.Year:0000} {date:HH:mm:ss} {(minutes < 0 ? '-' : '+')}{hour:00}{minute:00}");
    }

    /// <summary>1 to 12 for an English month name or its beginning of three letters; 0 for anything else.</summary>
    internal static int MonthOf(ReadOnlySpan<byte> word)
    {
        if (word.Length < 3)
            return 0;
        for (int i = 0; i < Months.Length; i++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(word[..3], Months[i]))
                return i + 1;
        }

        return 0;
    }
}

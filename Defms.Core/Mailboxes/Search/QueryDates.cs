using System.Globalization;

namespace Defms.Core.Mailboxes.Search;

/// <summary>
/// Reads what people write for a day: 2024, 2024-03, 2024-03-31, today, yesterday, and 3d, 2w, 6m, 1y for so long ago. Days are those of the
/// person's own time zone.
/// </summary>
internal sealed class QueryDates(TimeProvider time)
{
    /// <summary>No mail is older, and every zone's midnight can still be counted.</summary>
    private const int FirstYear = 1900;
    private const int LastYear = 9000;

    internal const string Forms = "2024-03-31, 2024-03, 2024, today, yesterday, or 3d, 2w, 6m, 1y for so long ago";

    /// <summary>Reads date:X, date:A..B and, with one end left out, date:..B and date:A... Null when it is no date.</summary>
    internal Dated? Range(string text)
    {
        int dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
            return Span(text) is { } span ? Between(span.First, IsAgo(text) ? null : span.Next) : null;
        string from = text[..dots];
        string until = text[(dots + 2)..];
        Days? first = from.Length > 0 ? Span(from) : new Days(null, null);
        Days? last = until.Length > 0 ? Span(until) : new Days(null, null);
        return first is null || last is null || text.Length == 2 ? null : Between(first.Value.First, last.Value.Next);
    }

    /// <summary>From the beginning of that day on.</summary>
    internal Dated? After(string text) => Span(text) is { } span ? Between(span.First, null) : null;

    /// <summary>Until the end of the day before.</summary>
    internal Dated? Before(string text) => Span(text) is { } span ? Between(null, span.First) : null;

    private Dated Between(DateOnly? first, DateOnly? next) =>
        new(first is { } from ? Midnight(from) : long.MinValue, next is { } until ? Midnight(until) : long.MaxValue);

    private long Midnight(DateOnly day)
    {
        var local = new DateTime(day, TimeOnly.MinValue, DateTimeKind.Unspecified);
        return new DateTimeOffset(local, time.LocalTimeZone.GetUtcOffset(local)).ToUnixTimeMilliseconds();
    }

    private Days? Span(string text)
    {
        DateOnly today = DateOnly.FromDateTime(time.GetLocalNow().DateTime);
        if (text.Equals("today", StringComparison.OrdinalIgnoreCase))
            return Day(today);
        if (text.Equals("yesterday", StringComparison.OrdinalIgnoreCase))
            return Day(today.AddDays(-1));
        if (IsAgo(text))
            return Ago(today, int.Parse(text.AsSpan(0, text.Length - 1), NumberStyles.None), text[^1]) is { } day ? Day(day) : null;
        return Calendar(text);
    }

    /// <summary>At most four digits and a unit.</summary>
    private static bool IsAgo(string text) =>
        text.Length is >= 2 and <= 5 && text[^1] is 'd' or 'w' or 'm' or 'y' && !text.AsSpan(0, text.Length - 1).ContainsAnyExceptInRange('0', '9');

    private static DateOnly? Ago(DateOnly today, int count, char unit)
    {
        int months = unit switch { 'y' => count * 12, 'm' => count, _ => 0 };
        if (months > (today.Year - FirstYear) * 12)
            return null;
        return unit switch { 'd' => today.AddDays(-count), 'w' => today.AddDays(-7 * count), _ => today.AddMonths(-months) };
    }

    private static Days? Calendar(string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", out DateOnly day))
            return IsCounted(day) ? Day(day) : null;
        if (DateOnly.TryParseExact(text, "yyyy-MM", out DateOnly month))
            return IsCounted(month) ? new Days(month, month.AddMonths(1)) : null;
        if (DateOnly.TryParseExact(text, "yyyy", out DateOnly year))
            return IsCounted(year) ? new Days(year, year.AddYears(1)) : null;
        return null;
    }

    private static bool IsCounted(DateOnly day) => day.Year is >= FirstYear and <= LastYear;

    private static Days Day(DateOnly day) => new(day, day.AddDays(1));

    /// <summary>The first day that is meant, and the first behind that is not.</summary>
    private readonly record struct Days(DateOnly? First, DateOnly? Next);
}

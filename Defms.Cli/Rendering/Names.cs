using System.Globalization;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Rendering;

/// <summary>How names, states and times are written.</summary>
internal static class Names
{
    private const int ShortLength = 8;
    private const long DayMilliseconds = 86_400_000;

    /// <summary>The letters of a CID that tell it from others, as every command takes them.</summary>
    public static string Short(Cid cid) => cid.ToString().Substring(Cid.ConstantPrefixLength, ShortLength);

    /// <summary>The end of an identity, where all of them differ; 'contact' commands take it.</summary>
    public static string Short(Did did) => "…" + did.ToString()[^ShortLength..];

    public static string Of(DeliveryState state) => state switch
    {
        DeliveryState.Queued => "queued",
        DeliveryState.Held => "held",
        DeliveryState.Stored => "stored",
        DeliveryState.Quarantined => "quarantined",
        DeliveryState.Smtp => "smtp",
        _ => "failed",
    };

    public static string Of(ContactState state) => state switch
    {
        ContactState.Accepted => "accepted",
        ContactState.Blocked => "blocked",
        _ => "stranger",
    };

    /// <summary>RFC 3339 in UTC, with milliseconds: for JSON.</summary>
    public static string Time(long unixMilliseconds) =>
        Moment(unixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>At most seven columns: the time of today, the day of this year, else the month.</summary>
    public static string When(long unixMilliseconds, TimeProvider clock)
    {
        DateTimeOffset moment = Local(unixMilliseconds, clock);
        DateTimeOffset now = clock.GetLocalNow();
        return moment.Date == now.Date ? moment.ToString("HH:mm", CultureInfo.InvariantCulture)
            : moment.Year == now.Year ? moment.ToString("d MMM", CultureInfo.InvariantCulture)
            : moment.ToString("yyyy-MM", CultureInfo.InvariantCulture);
    }

    /// <summary>The whole date in the machine's time zone.</summary>
    public static string Date(long unixMilliseconds, TimeProvider clock) =>
        Local(unixMilliseconds, clock).ToString("ddd d MMM yyyy HH:mm", CultureInfo.InvariantCulture);

    /// <summary>How long ago, of the last two weeks; else empty.</summary>
    public static string Ago(long unixMilliseconds, TimeProvider clock)
    {
        TimeSpan ago = clock.GetUtcNow() - Moment(unixMilliseconds);
        int days = (clock.GetLocalNow().Date - Local(unixMilliseconds, clock).Date).Days;
        return ago < TimeSpan.Zero || days > 14 ? ""
            : ago < TimeSpan.FromMinutes(1) ? "just now"
            : ago < TimeSpan.FromHours(1) ? $"{(int)ago.TotalMinutes} min ago"
            : days == 0 ? $"{(int)ago.TotalHours} h ago"
            : days == 1 ? "yesterday"
            : $"{days} days ago";
    }

    public static string Size(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1000 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1000L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.0} GiB"),
    };

    /// <summary>"1 message", "2 messages".</summary>
    public static string Count(long count, string word) => count == 1 ? $"1 {word}" : $"{count} {word}s";

    private static DateTimeOffset Local(long unixMilliseconds, TimeProvider clock) =>
        TimeZoneInfo.ConvertTime(Moment(unixMilliseconds), clock.LocalTimeZone);

    /// <summary>A time that a stranger's clock made up may lie outside of every calendar.</summary>
    private static DateTimeOffset Moment(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, -Profile.MaxIssued / 5, Profile.MaxIssued - DayMilliseconds));
}

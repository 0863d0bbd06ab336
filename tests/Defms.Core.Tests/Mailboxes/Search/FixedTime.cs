namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>Wednesday, 15 May 2024, 10:30 in a zone two hours east of Greenwich.</summary>
internal sealed class FixedTime : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), "test", "test");

    public override DateTimeOffset GetUtcNow() => new(2024, 5, 15, 8, 30, 0, TimeSpan.Zero);
}

namespace Defms.Gateway.Delivery.Queue;

/// <summary>
/// When a recipient is tried again: soon at first, because greylisting and busy servers pass quickly, then every two hours (RFC 5321, 4.5.4.1),
/// and a last time when three days are over.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>How long after it was queued a mail is given up. RFC 5321 asks for four to five days; people want to know sooner.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2),
    ];

    /// <summary>The pause behind so many attempts, 1 or more.</summary>
    public static TimeSpan PauseAfter(int attempts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        return Pauses[Math.Min(attempts, Pauses.Length) - 1];
    }

    /// <summary>The time of the next attempt; null when the mail has expired.</summary>
    /// <param name="queued">When the mail was taken.</param>
    /// <param name="attempts">How many attempts there were, the one that just failed included.</param>
    public static DateTimeOffset? Next(DateTimeOffset queued, int attempts, DateTimeOffset now)
    {
        DateTimeOffset expiry = queued + Lifetime;
        DateTimeOffset next = now + PauseAfter(attempts);
        return now >= expiry ? null : next < expiry ? next : expiry;
    }
}

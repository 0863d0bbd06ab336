namespace Defms.Gateway.Delivery.Queue;

/// <summary>How much leaves at once.</summary>
internal sealed record DeliveryLimits
{
    public static DeliveryLimits Default { get; } = new();

    /// <summary>Connections in all: each may hold a mail of some tens of megabytes.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>Connections to one destination; large providers count more than a few as abuse.</summary>
    public int PerDestination { get; init; } = 4;

    /// <summary>Mails handed out by the queue and not yet recorded. They wait without their octets, about a kilobyte each.</summary>
    public int Waiting { get; init; } = 5_000;

    /// <summary>Recipients of one transaction: what every server must take (RFC 5321, 4.5.3.1.8).</summary>
    public int Recipients { get; init; } = 100;

    /// <summary>Mails of one session, then a new one is made: servers tire of long ones.</summary>
    public int MailsPerSession { get; init; } = 100;

    /// <summary>How long an open session waits for the next mail.</summary>
    public TimeSpan KeepSession { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long attempts that are under way may go on after a stop; what is cut off is tried again later.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Pause after a fault of our own, such as a full disk.</summary>
    public TimeSpan AfterFault { get; init; } = TimeSpan.FromMinutes(1);
}

namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// How long each phase may take as a whole, however slowly its octets drip; the defaults of a phase are the least that RFC 5321, 4.5.3.2 asks
/// of a client, so that no honest server is given up too early.
/// </summary>
internal sealed record SmtpTimeouts
{
    public static SmtpTimeouts Default { get; } = new();

    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>EHLO, HELO, STARTTLS and AUTH.</summary>
    public TimeSpan Hello { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan Handshake { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan MailFrom { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan RcptTo { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan DataStart { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>One block of at most 64 KiB.</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Long, because a server that is given up here may have taken the mail, which then arrives twice (RFC 1047).</summary>
    public TimeSpan DataEnd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>QUIT is a courtesy; nothing hangs on its answer.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);
}

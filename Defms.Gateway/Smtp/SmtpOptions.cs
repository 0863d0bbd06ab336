using System.Net;

namespace Defms.Gateway.Smtp;

/// <summary>What a port is for; it decides about TLS and AUTH.</summary>
internal enum SmtpPort
{
    /// <summary>Mail from other servers (port 25): STARTTLS offered, no AUTH.</summary>
    Exchange,

    /// <summary>Mail from an account's programs (port 587, RFC 6409): nothing before STARTTLS, then nothing before AUTH.</summary>
    Submission,

    /// <summary>The same with TLS from the first octet (port 465, RFC 8314).</summary>
    SecureSubmission,
}

/// <summary>One place to listen at. Port 0 takes a free one.</summary>
internal sealed record SmtpListener(IPEndPoint Address, SmtpPort Port);

/// <summary>How the SMTP server behaves; what strangers may cost it stands in <see cref="SmtpLimits"/>.</summary>
internal sealed record SmtpOptions
{
    /// <summary>The name in the banner and in every greeting; it should be the one the MX record names.</summary>
    public required string HostName { get; init; }

    /// <summary>The domain of <c>RCPT TO:&lt;postmaster&gt;</c>, which names none (RFC 5321, 4.5.1); the host's name when null.</summary>
    public string? PostmasterDomain { get; init; }

    public IReadOnlyList<SmtpListener> Listeners { get; init; } = [];

    /// <summary>
    /// What happens to a bare CR or LF in a mail: refused with 550 5.6.11 (false), or made a CRLF (true). Neither ends a mail or a command
    /// either way; making it a CRLF changes octets, so signatures over such a mail break.
    /// </summary>
    public bool NormalizesLineEnds { get; init; }

    /// <summary>Refuses a client that speaks within <see cref="SmtpLimits.BannerDelay"/>, before the banner (RFC 5321, 3.1).</summary>
    public bool RefusesEarlyTalkers { get; init; }

    /// <summary>
    /// Offers SCRAM-SHA-256-PLUS with tls-server-end-point (RFC 5929). Off, since clients that know only tls-exporter choose it and then fail.
    /// </summary>
    public bool OffersChannelBinding { get; init; }

    public SmtpLimits Limits { get; init; } = new();
}

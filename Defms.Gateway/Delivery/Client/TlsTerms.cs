using System.Security.Cryptography.X509Certificates;

namespace Defms.Gateway.Delivery.Client;

/// <summary>How a connection comes to be encrypted.</summary>
internal enum TlsPolicy
{
    /// <summary>STARTTLS where it is offered, any certificate taken, else in the clear: what mail between strangers' servers does (RFC 7435).</summary>
    Opportunistic,

    /// <summary>STARTTLS with a certificate that is valid for the server's name; nothing is sent otherwise.</summary>
    Required,

    /// <summary>TLS from the first octet (RFC 8314), with a certificate that is valid for the server's name.</summary>
    Implicit,

    /// <summary>In the clear even where STARTTLS is offered: the second try after an opportunistic handshake failed.</summary>
    None,
}

/// <summary>How a connection turned out to be encrypted.</summary>
/// <param name="Protocol">For example "Tls13"; null when it is in the clear.</param>
/// <param name="IsVerified">The certificate is valid for the server's name.</param>
/// <param name="Problem">What is wrong with the certificate; null when nothing is, or there is none.</param>
internal sealed record TlsState(string? Protocol, bool IsVerified, string? Problem)
{
    public static TlsState Clear { get; } = new(null, IsVerified: false, null);

    public bool IsEncrypted => Protocol is not null;
}

/// <summary>The name and password for a smarthost.</summary>
internal sealed record Credentials(string User, string Password)
{
    /// <summary>Passwords stay out of logs.</summary>
    public override string ToString() => $"the account {User}";
}

/// <summary>What a session is opened with.</summary>
/// <param name="ServerName">The host that is expected to answer; its certificate must name it where one is required.</param>
internal sealed record SessionTerms(string ServerName, TlsPolicy Tls)
{
    /// <summary>How this machine calls itself in EHLO: a name that resolves, or an address literal.</summary>
    public required string OwnName { get; init; }

    /// <summary>Used only on a connection whose certificate was verified.</summary>
    public Credentials? Credentials { get; init; }

    public SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Default;

    /// <summary>Trusted in place of the system's authorities where there are any.</summary>
    public X509Certificate2Collection? Roots { get; init; }
}

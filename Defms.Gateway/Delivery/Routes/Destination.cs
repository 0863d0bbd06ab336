using System.Net;
using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Delivery.Routes;

/// <summary>A server through which all mail leaves, as the operator entered it; it may stand in a private network.</summary>
internal sealed record Smarthost
{
    /// <exception cref="ArgumentException">A password would be sent over a connection that anybody could read.</exception>
    public Smarthost(string host, int port, TlsPolicy tls, Credentials? credentials)
    {
        if (credentials is not null && tls is TlsPolicy.Opportunistic or TlsPolicy.None)
            throw new ArgumentException($"A password for {host} needs TLS: set it to required or implicit.", nameof(tls));
        (Host, Port, Tls, Credentials) = (host, port, tls, credentials);
    }

    public string Host { get; }

    public int Port { get; }

    public TlsPolicy Tls { get; }

    public Credentials? Credentials { get; }
}

/// <summary>Where recipients are reached: those of equal destinations share connections.</summary>
/// <param name="Domain">In ASCII, or an address literal; null for the smarthost.</param>
internal readonly record struct Destination(string? Domain)
{
    public static Destination Of(MailAddress recipient, Smarthost? smarthost) => new(smarthost is null ? recipient.AsciiDomain : null);

    /// <summary>The address that a literal such as [192.0.2.1] or [IPv6:2001:db8::1] names (RFC 5321, 4.1.3); null for a name.</summary>
    public IPAddress? Literal()
    {
        if (Domain is not ['[', .. string inside, ']'])
            return null;
        string text = inside.StartsWith("ipv6:", StringComparison.OrdinalIgnoreCase) ? inside[5..] : inside;
        return IPAddress.TryParse(text, out IPAddress? address) ? address : null;
    }
}

/// <summary>One server to try.</summary>
/// <param name="Name">The host name that it is known by.</param>
internal sealed record NextHop(string Name, IPAddress Address, int Port)
{
    public override string ToString() => $"{Name} [{Address}]";
}

using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Defms.Core.Mime;

namespace Defms.Gateway.Smtp;

/// <summary>What is known of the other side of a session at one moment.</summary>
internal sealed record SmtpClient
{
    public required SmtpPort Port { get; init; }

    /// <summary>Where it connects from; null where there is no socket.</summary>
    public required IPEndPoint? Address { get; init; }

    /// <summary>What it said in HELO or EHLO: a claim, at most 255 characters without control characters; empty before.</summary>
    public string HelloName { get; init; } = "";

    /// <summary>Whether it greeted with EHLO, so that the mail came by ESMTP.</summary>
    public bool IsExtended { get; init; }

    /// <summary>Null in clear.</summary>
    public TlsFacts? Tls { get; init; }

    /// <summary>The account that it proved to be (AUTH); null for a stranger.</summary>
    public string? Account { get; init; }
}

/// <summary>How a connection is encrypted.</summary>
/// <param name="ServerName">The name that the client asked for (SNI); empty when it named none.</param>
internal sealed record TlsFacts(SslProtocols Protocol, TlsCipherSuite Cipher, string ServerName);

/// <summary>A mail as it came.</summary>
/// <param name="Octets">
/// Exactly what was sent between DATA and the final dot, without transparency dots (RFC 5321, 4.5.2); nothing is added or reordered.
/// </param>
internal sealed record ReceivedMail(Envelope Envelope, SmtpClient Client, DateTimeOffset Time, ReadOnlyMemory<byte> Octets);

/// <summary>The arguments of MAIL and RCPT.</summary>
internal sealed record Envelope
{
    /// <summary>Null is the null sender &lt;&gt; of bounces.</summary>
    public required MailAddress? Sender { get; init; }

    /// <summary>At least one, in the order of the RCPT commands; the same address may come twice.</summary>
    public IReadOnlyList<EnvelopeRecipient> Recipients { get; init; } = [];

    /// <summary>Whether the client said that addresses or headers hold UTF-8 (RFC 6531).</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>Whether the client said BODY=8BITMIME (RFC 6152).</summary>
    public bool Is8Bit { get; init; }

    /// <summary>The size the client announced; null when it did not.</summary>
    public long? AnnouncedSize { get; init; }

    /// <summary>RET (RFC 3461, 4.3); null when not given.</summary>
    public DsnReturn? Return { get; init; }

    /// <summary>ENVID decoded from xtext (RFC 3461, 4.4); null when not given.</summary>
    public string? EnvelopeId { get; init; }
}

/// <summary>How much of a mail its failure report shall hold.</summary>
internal enum DsnReturn
{
    Full,
    Headers,
}

/// <summary>What a sender wants to be told about a recipient (RFC 3461, 4.1).</summary>
[Flags]
internal enum DsnNotify
{
    Never = 0,
    Success = 1,
    Failure = 2,
    Delay = 4,
}

/// <param name="Notify">Null when not given: failure, and perhaps delay.</param>
/// <param name="Original">ORCPT (RFC 3461, 4.2); null when not given.</param>
internal sealed record EnvelopeRecipient(MailAddress Address, DsnNotify? Notify, OriginalRecipient? Original);

/// <param name="Type">Lower case, rfc822 as a rule, utf-8 in RFC 6533.</param>
/// <param name="Address">Decoded from xtext.</param>
internal sealed record OriginalRecipient(string Type, string Address);

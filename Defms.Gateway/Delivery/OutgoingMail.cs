using Defms.Core.Mime;

namespace Defms.Gateway.Delivery;

/// <summary>A mail that is to leave: its octets as the author's store has them, and what of the envelope is the same for all recipients.</summary>
/// <param name="Id">Names it in the queue, the log and our Received field: printable ASCII without white space.</param>
/// <param name="Sender">MAIL FROM; null for the null sender.</param>
/// <param name="Octets">Never written to; must stay as they are while the mail is in use.</param>
internal sealed record OutgoingMail(string Id, MailAddress? Sender, ReadOnlyMemory<byte> Octets)
{
    /// <summary>ENVID (RFC 3461, 4.4), printable ASCII: comes back in bounces.</summary>
    public string? EnvelopeId { get; init; }

    public ReturnedContent Return { get; init; }

    /// <summary>Whole header fields to transmit before the octets, for example Defms-Card; folded with LF or CRLF, its end optional.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];
}

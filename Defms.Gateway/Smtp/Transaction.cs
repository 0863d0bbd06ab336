using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Smtp;

/// <summary>One mail from MAIL to its last octet (RFC 5321, 3.3).</summary>
internal sealed class Transaction(Envelope envelope) : IDisposable
{
    public Envelope Envelope { get; } = envelope;

    public List<EnvelopeRecipient> Recipients { get; } = [];

    /// <summary>What came by BDAT so far; null before the first chunk.</summary>
    public (MailBuffer Mail, MailDecoder Decoder)? Chunks { get; set; }

    public void Dispose() => Chunks?.Mail.Dispose();
}

using Defms.Core.Mime;

namespace Defms.Gateway.Smtp;

/// <summary>
/// Who decides about recipients and takes mails; called by many sessions at once. An exception is answered with 451 4.3.0 and logged, so the
/// sender tries again.
/// </summary>
internal interface IMailDesk
{
    /// <summary>Asked at RCPT. It must be quick: the client waits, and guessers ask too.</summary>
    ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel);

    /// <summary>
    /// Takes a mail for all its recipients. An answer of <see cref="DeskAnswer.Taken"/> promises that it is durable. SMTP has one reply for
    /// all: where only some recipients can be served, take it and report about the others by mail (RFC 5321, 6.1).
    /// </summary>
    /// <param name="mail">Its octets may be read until the returned task has ended; what is kept longer must be copied.</param>
    /// <param name="cancel">The server is being stopped for good. The client's leaving does not cancel.</param>
    ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel);
}

/// <summary>Whether a recipient's mail is taken, and if not, the reply that says why.</summary>
internal readonly record struct RecipientAnswer
{
    private RecipientAnswer(SmtpReply? refusal) => Refusal = refusal;

    /// <summary>Mail for this address is taken.</summary>
    public static RecipientAnswer Welcome => default;

    /// <summary>550 5.1.1: the domain is ours, the address nobody's.</summary>
    public static RecipientAnswer Unknown => new(SmtpReply.UnknownRecipient);

    /// <summary>550 5.7.1: the domain is not ours, and this is no open relay.</summary>
    public static RecipientAnswer NotOurs => new(SmtpReply.NotOurs);

    /// <summary>552 5.2.2.</summary>
    public static RecipientAnswer OverQuota => new(SmtpReply.OverQuota);

    /// <summary>451 4.3.0.</summary>
    public static RecipientAnswer TryLater => new(SmtpReply.InternalFault);

    /// <summary>Null when welcome.</summary>
    public SmtpReply? Refusal { get; }

    /// <param name="reply">4xx or 5xx.</param>
    public static RecipientAnswer Refused(SmtpReply reply) => new(Refusals.Checked(reply));
}

/// <summary>What became of a mail.</summary>
internal readonly record struct DeskAnswer
{
    private DeskAnswer(SmtpReply? refusal) => Refusal = refusal;

    /// <summary>It is durable; the sender may forget it.</summary>
    public static DeskAnswer Taken => default;

    /// <summary>451 4.3.0: nothing was kept.</summary>
    public static DeskAnswer TryLater => new(SmtpReply.InternalFault);

    /// <summary>552 5.2.2.</summary>
    public static DeskAnswer OverQuota => new(SmtpReply.OverQuota);

    /// <summary>Null when taken.</summary>
    public SmtpReply? Refusal { get; }

    /// <param name="reply">4xx or 5xx; nothing was kept.</param>
    public static DeskAnswer Refused(SmtpReply reply) => new(Refusals.Checked(reply));
}

file static class Refusals
{
    public static SmtpReply Checked(SmtpReply reply) =>
        reply.IsPositive ? throw new ArgumentException($"{reply} does not refuse.", nameof(reply)) : reply;
}

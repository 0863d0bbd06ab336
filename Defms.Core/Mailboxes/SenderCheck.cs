using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Whether a mail may leave by SMTP in the name it bears: MAIL FROM, every From and the Sender must be the sender's own addresses. The person's
/// program asks before it queues, the gateway asks again.
/// </summary>
public static class SenderCheck
{
    /// <summary>Null when it may; otherwise why not, as words that follow "the mail".</summary>
    /// <param name="mailFrom">MAIL FROM.</param>
    /// <param name="isOwn">Whether an address is the sender's.</param>
    public static string? Refusal(string mailFrom, MailMessage mail, Func<MailAddress, bool> isOwn)
    {
        if (!MailAddress.TryParse(mailFrom, out MailAddress envelope) || !isOwn(envelope))
            return "has a MAIL FROM that is no address of its sender";
        if (mail.Headers.All("From").Count() != 1 || mail.From.Count == 0)
            return "does not have one From field";
        if (!mail.From.Concat(mail.Sender).All(name => isOwn(name.Address)))
            return "has a From or Sender that is no address of its sender";
        return null;
    }
}

using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>The last step of DATA and BDAT: a mail that was read to its end goes to the desk, and the desk's word to the client.</summary>
internal static class Delivery
{
    public static readonly SmtpReply NoRecipients = new(554, "5.5.1", "There are no valid recipients");

    private static readonly SmtpReply Done = new(250, "2.0.0", "Taken");

    public static async ValueTask<SmtpReply> TakeAsync(SmtpSession session, Transaction transaction, MailBuffer mail)
    {
        SmtpReply reply = Refuses(mail.Flaw) ?? await AskAsync(session, transaction, mail) ?? Done;
        if (reply.IsPositive)
        {
            session.CountTaken();
            session.Parts.Log.Took(mail.Octets.Length, transaction.Recipients.Count);
        }
        else
            session.Parts.Log.RefusedMail(reply);
        return reply;
    }

    /// <summary>The reply to a mail whose end never came; it ends the session.</summary>
    public static SmtpReply? Explain(SmtpSession session, WireEnd end)
    {
        SmtpReply? reply = session.Explain(end);
        return end == WireEnd.Flood ? SmtpReply.TooLarge : reply;
    }

    private static SmtpReply? Refuses(MailFlaw flaw) => flaw switch
    {
        MailFlaw.BareLineEnd => SmtpReply.BareLineEndInMail,
        MailFlaw.LineTooLong => SmtpReply.MailLineTooLong,
        MailFlaw.TooLarge => SmtpReply.TooLarge,
        MailFlaw.NoMemory => SmtpReply.NoMemory,
        _ => null,
    };

    private static async ValueTask<SmtpReply?> AskAsync(SmtpSession session, Transaction transaction, MailBuffer mail)
    {
        SmtpParts parts = session.Parts;
        Envelope envelope = transaction.Envelope with { Recipients = transaction.Recipients };
        try
        {
            var received = new ReceivedMail(envelope, session.Client, parts.Time.GetUtcNow(), mail.Octets);
            DeskAnswer answer = await parts.Desk.TakeAsync(received, parts.Aborted);
            return answer.Refusal;
        }
        catch (OperationCanceledException) when (parts.Aborted.IsCancellationRequested)
        {
            return SmtpReply.ShuttingDown;
        }
        catch (Exception e)
        {
            parts.Log.DeskFailed(e);
            return SmtpReply.InternalFault;
        }
    }
}

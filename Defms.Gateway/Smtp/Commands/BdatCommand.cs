using System.Globalization;
using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>
/// BDAT (RFC 3030): a chunk of counted octets. Whatever is wrong, the octets are read, so that none of them is taken for a command; when
/// their number cannot be known the session ends.
/// </summary>
internal sealed class BdatCommand : ISmtpCommand
{
    public string Verb => "BDAT";

    public async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (!TryRead(arguments, out long count, out bool isLast))
        {
            session.IsClosing = true;
            return SmtpReply.BadSyntax;
        }
        SmtpReply? refusal = Forbids(session);
        if (refusal is not null)
            return await DiscardAsync(session, count, refusal);
        Transaction transaction = session.Transaction!;
        (MailBuffer mail, MailDecoder decoder) = transaction.Chunks ??= Begin(session.Parts);
        WireEnd end = await session.Wire.ReadMailAsync(decoder, count);
        if (end != WireEnd.Whole)
            return Delivery.Explain(session, end);
        if (!isLast && mail.Flaw == MailFlaw.None)
            return new SmtpReply(250, "2.0.0", FormattableString.Invariant($"{count} octets noted"));
        decoder.Finish();
        SmtpReply reply = await Delivery.TakeAsync(session, transaction, mail);
        session.EndTransaction();
        return reply;
    }

    private static bool TryRead(string arguments, out long count, out bool isLast)
    {
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        isLast = words.Length == 2 && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        count = 0;
        return (words.Length == 1 || isLast) && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }

    private static SmtpReply? Forbids(SmtpSession session)
    {
        SmtpParts parts = session.Parts;
        return session.Transaction is not { } transaction ? SmtpReply.WrongOrder
            : transaction.Recipients.Count == 0 ? Delivery.NoRecipients
            : transaction.Chunks is null && !parts.Budget.HasRoomFor(parts.Limits.FreeToBegin) ? SmtpReply.NoMemory
            : null;
    }

    private static (MailBuffer Mail, MailDecoder Decoder) Begin(SmtpParts parts)
    {
        var mail = new MailBuffer(parts.Budget, parts.Limits.Mail);
        return (mail, new MailDecoder(mail, hasDots: false, parts.Options.NormalizesLineEnds, parts.Limits.MailLine));
    }

    private static async ValueTask<SmtpReply?> DiscardAsync(SmtpSession session, long count, SmtpReply refusal)
    {
        (MailBuffer nothing, MailDecoder decoder) = Begin(session.Parts);
        nothing.Spoil(MailFlaw.TooLarge);
        WireEnd end = await session.Wire.ReadMailAsync(decoder, count);
        return end == WireEnd.Whole ? refusal : Delivery.Explain(session, end);
    }
}

using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>DATA (RFC 5321, 4.1.1.4): the mail up to CRLF.CRLF.</summary>
internal sealed class DataCommand : ISmtpCommand
{
    private static readonly SmtpReply Begin = new(354, "", "Send the mail and a line with a dot");

    public string Verb => "DATA";

    public async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        SmtpParts parts = session.Parts;
        if (arguments.Length > 0)
            return SmtpReply.NoArguments;
        if (session.Transaction is not { Chunks: null } transaction)
            return SmtpReply.WrongOrder;
        if (transaction.Recipients.Count == 0)
            return Delivery.NoRecipients;
        if (!parts.Budget.HasRoomFor(parts.Limits.FreeToBegin))
            return SmtpReply.NoMemory;
        session.Wire.Write(Begin);
        if (!await session.Wire.FlushAsync())
            return session.Explain(WireEnd.Closed);
        using var mail = new MailBuffer(parts.Budget, parts.Limits.Mail);
        var decoder = new MailDecoder(mail, hasDots: true, parts.Options.NormalizesLineEnds, parts.Limits.MailLine);
        WireEnd end = await session.Wire.ReadMailAsync(decoder, count: null);
        SmtpReply? reply = end == WireEnd.Whole ? await Delivery.TakeAsync(session, transaction, mail) : Delivery.Explain(session, end);
        session.EndTransaction();
        return reply;
    }
}

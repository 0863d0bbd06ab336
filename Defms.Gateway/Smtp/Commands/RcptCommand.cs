using System.Text;
using Defms.Core.Mime;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>RCPT TO (RFC 5321, 4.1.1.3) with NOTIFY and ORCPT (RFC 3461). The desk says whose mail is taken.</summary>
internal sealed class RcptCommand : ISmtpCommand
{
    private const string Keyword = "TO:";

    private static readonly SmtpReply Done = new(250, "2.1.5", "Recipient noted");
    private static readonly SmtpReply BadPath = new(501, "5.1.3", "The recipient is no address in angle brackets");
    private static readonly SmtpReply TooMany = new(452, "4.5.3", "Enough recipients, send the others the mail again");

    public string Verb => "RCPT";

    public async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (session.Transaction is not { Chunks: null } transaction)
            return SmtpReply.WrongOrder;
        if (!arguments.StartsWith(Keyword, StringComparison.OrdinalIgnoreCase))
            return SmtpReply.BadSyntax;
        string text = arguments[Keyword.Length..].TrimStart(' ');
        SmtpOptions options = session.Parts.Options;
        if (!PathReader.TryRead(text, options.PostmasterDomain ?? options.HostName, out MailAddress? path, out int length) || path is not { } recipient)
            return BadPath;
        if (Refuses(text.AsSpan(length), out DsnNotify? notify, out OriginalRecipient? original) is { } refusal)
            return refusal;
        if (!transaction.Envelope.IsUtf8 && !Ascii.IsValid(text))
            return MailCommand.Utf8Needed;
        if (transaction.Recipients.Count >= options.Limits.Recipients)
            return TooMany;
        refusal = await FindAsync(session, recipient);
        if (refusal is null)
            transaction.Recipients.Add(new EnvelopeRecipient(recipient, notify, original));
        return refusal ?? Done;
    }

    private static SmtpReply? Refuses(ReadOnlySpan<char> text, out DsnNotify? notify, out OriginalRecipient? original)
    {
        (notify, original) = (null, null);
        if (!Parameters.TryRead(text, out Parameters? parameters))
            return SmtpReply.BadSyntax;
        if (parameters.TryTake("NOTIFY", out string? value))
        {
            if (!Dsn.TryReadNotify(value, out DsnNotify read))
                return SmtpReply.BadSyntax;
            notify = read;
        }
        if (parameters.TryTake("ORCPT", out value) && !Dsn.TryReadOriginal(value, out original))
            return SmtpReply.BadSyntax;
        return parameters.IsEmpty ? null : MailCommand.UnknownParameter;
    }

    private static async ValueTask<SmtpReply?> FindAsync(SmtpSession session, MailAddress recipient)
    {
        SmtpParts parts = session.Parts;
        try
        {
            RecipientAnswer answer = await parts.Desk.FindAsync(session.Client, recipient, parts.Aborted);
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

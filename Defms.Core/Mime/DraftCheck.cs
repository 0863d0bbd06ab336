namespace Defms.Core.Mime;

/// <summary>The gate before the composer: no line end or control character gets from a caller into a header, and every address can be written.</summary>
internal static class DraftCheck
{
    public static void Check(MailDraft draft)
    {
        CheckMailbox(nameof(draft.From), draft.From);
        CheckMailboxes(nameof(draft.To), draft.To);
        CheckMailboxes(nameof(draft.Cc), draft.Cc);
        CheckMailboxes(nameof(draft.ReplyTo), draft.ReplyTo);
        CheckText(nameof(draft.Subject), draft.Subject);
        CheckId(nameof(draft.MessageId), draft.MessageId);
        foreach (string id in draft.InReplyTo)
            CheckId(nameof(draft.InReplyTo), id);
        foreach (string id in draft.References)
            CheckId(nameof(draft.References), id);
        CheckBody(nameof(draft.Text), draft.Text);
        CheckBody(nameof(draft.Html), draft.Html ?? "");
        foreach (DraftAttachment attachment in draft.Attachments)
            CheckAttachment(attachment);
    }

    /// <summary>Identifiers that can stand in angle brackets on one line: printable ASCII without brackets.</summary>
    public static bool IsWritableId(string id) =>
        id.Length is > 0 and < MimeLimits.Line - 20 && id.All(c => c is > ' ' and < (char)0x7F and not '<' and not '>');

    private static void CheckMailboxes(string field, IReadOnlyList<NamedAddress> mailboxes)
    {
        foreach (NamedAddress mailbox in mailboxes)
            CheckMailbox(field, mailbox);
    }

    private static void CheckMailbox(string field, NamedAddress mailbox)
    {
        CheckText(field, mailbox.Name ?? "");
        CheckText(field, mailbox.Address.ToString());
        if (!mailbox.Address.IsValid)
            throw new MailDraftException(field, $"\"{mailbox.Address}\" is not a mail address");
    }

    private static void CheckText(string field, string text)
    {
        int control = text.AsSpan().IndexOfAnyInRange('\0', '\x1F');
        control = control < 0 ? text.AsSpan().IndexOfAnyInRange('\x7F', '\x9F') : control;
        if (control >= 0)
            throw new MailDraftException(field, $"holds the control character U+{(int)text[control]:X4} at position {control}");
    }

    private static void CheckId(string field, string id)
    {
        if (!IsWritableId(id))
            throw new MailDraftException(field, "an identifier is printable ASCII without spaces and angle brackets");
    }

    private static void CheckBody(string field, string text)
    {
        int nul = text.IndexOf('\0', StringComparison.Ordinal);
        if (nul >= 0)
            throw new MailDraftException(field, $"holds NUL at position {nul}");
    }

    private static void CheckAttachment(DraftAttachment attachment)
    {
        CheckText(nameof(MailDraft.Attachments), attachment.Name);
        if (attachment.Name.Length == 0)
            throw new MailDraftException(nameof(MailDraft.Attachments), "an attachment needs a file name");
        if (attachment.Type is not { } type)
            return;
        int slash = type.IndexOf('/', StringComparison.Ordinal);
        bool good = slash > 0 && MailSyntax.IsToken(type.AsSpan(0, slash)) && MailSyntax.IsToken(type.AsSpan(slash + 1));
        if (!good || type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            throw new MailDraftException(nameof(MailDraft.Attachments), $"\"{type}\" is not a media type that a file can have");
    }
}

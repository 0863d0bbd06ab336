using System.Text;

namespace Defms.Core.Mime;

/// <summary>What a message gives to the draft that answers or forwards it. All of it can go into a <see cref="MailDraft"/> as it is.</summary>
public sealed class MailReply
{
    // Long threads: the first identifier names the conversation, the newest find the place in it. Enough for any header limit of a server.
    private const int MaxReferences = 50;

    private MailReply(string subject, string text)
    {
        Subject = subject;
        Text = text;
    }

    public string Subject { get; }

    /// <summary>The quoted or forwarded text, ending in a line end.</summary>
    public string Text { get; }

    public IReadOnlyList<string> InReplyTo { get; private init; } = [];

    public IReadOnlyList<string> References { get; private init; } = [];

    /// <summary>Reply-To of the answered message, else its From; empty for a forward. Only addresses that mail can be sent to.</summary>
    public IReadOnlyList<NamedAddress> To { get; private init; } = [];

    /// <summary>To and Cc of the answered message without those in <see cref="To"/>: whom an answer to all reaches besides.</summary>
    public IReadOnlyList<NamedAddress> Others { get; private init; } = [];

    /// <summary>The attachments of a forwarded message, decoded; empty for an answer.</summary>
    public IReadOnlyList<DraftAttachment> Attachments { get; private init; } = [];

    /// <summary>For an answer (RFC 5322, 3.6.4).</summary>
    public static MailReply Answer(MailMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        List<NamedAddress> to = Reachable(message.ReplyTo);
        if (to.Count == 0)
            to = Reachable(message.From);
        return new MailReply(SubjectText.Reply(message.Subject), Quote(message))
        {
            InReplyTo = message.MessageId is { } id && DraftCheck.IsWritableId(id) ? [id] : [],
            References = NextReferences(message),
            To = to,
            Others = [.. Reachable([.. message.To, .. message.Cc]).Where(other => to.TrueForAll(one => one.Address != other.Address))],
        };
    }

    /// <summary>For a message passed on to others, in the text and with its attachments.</summary>
    public static MailReply Forward(MailMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new MailReply(SubjectText.Forward(message.Subject), ForwardText(message))
        {
            References = NextReferences(message),
            Attachments = [.. message.Attachments.Select(ToDraft)],
        };
    }

    private static List<NamedAddress> Reachable(IReadOnlyList<NamedAddress> mailboxes)
    {
        var seen = new HashSet<MailAddress>();
        var reachable = new List<NamedAddress>();
        foreach (NamedAddress mailbox in mailboxes)
        {
            if (mailbox.Address.IsValid && seen.Add(mailbox.Address))
                reachable.Add(mailbox);
        }

        return reachable;
    }

    private static List<string> NextReferences(MailMessage message)
    {
        IEnumerable<string> before = message.References.Count > 0 ? message.References : message.InReplyTo.Take(1);
        List<string> all = [.. before.Append(message.MessageId ?? "").Where(DraftCheck.IsWritableId).Distinct(StringComparer.Ordinal)];
        if (all.Count > MaxReferences)
            all.RemoveRange(1, all.Count - MaxReferences);
        return all;
    }

    private static string Quote(MailMessage message)
    {
        var quoted = new StringBuilder();
        string author = AuthorName(message);
        quoted.Append(message.Date is { } date ? $"On {MailDate.Format(date)}, {author} wrote:\n" : $"{author} wrote:\n");
        foreach (ReadOnlySpan<char> line in message.Text.AsSpan().TrimEnd().EnumerateLines())
            quoted.Append(line.IsEmpty || line[0] == '>' ? ">" : "> ").Append(Visible(line)).Append('\n');
        return quoted.ToString();
    }

    private static string ForwardText(MailMessage message)
    {
        var text = new StringBuilder("---------- Forwarded message ----------\n");
        foreach (string name in (string[])["From", "Date", "Subject", "To", "Cc"])
        {
            string value = SubjectText.OneLine(message.Headers[name]?.Value ?? "");
            if (value.Length > 0)
                text.Append(name).Append(": ").Append(value).Append('\n');
        }

        return text.Append('\n').Append(Visible(message.Text.AsSpan().TrimEnd())).Append('\n').ToString();
    }

    private static string AuthorName(MailMessage message)
    {
        NamedAddress? author = message.From.Count > 0 ? message.From[0] : null;
        string name = author?.Name ?? SubjectText.OneLine(author?.Address.ToString() ?? "");
        return name.Length == 0 ? "somebody" : name;
    }

    /// <summary>NUL is the one character that a text must not hold.</summary>
    private static string Visible(ReadOnlySpan<char> text) => text.ToString().Replace("\0", "", StringComparison.Ordinal);

    private static DraftAttachment ToDraft(MimePart part, int index)
    {
        string type = part.MediaType.Name;
        bool writable = !part.MediaType.IsMultipart && MailSyntax.IsToken(type.Replace('/', '-'));
        string name = part.FileName ?? (part.MediaType.IsMessage ? $"message-{index + 1}.eml" : $"attachment-{index + 1}");
        return new DraftAttachment(name, writable ? type : null, part.Decode());
    }
}

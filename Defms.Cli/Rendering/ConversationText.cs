using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;

namespace Defms.Cli.Rendering;

/// <summary>A conversation for reading on a terminal.</summary>
internal sealed class ConversationText(Invocation run, bool withQuotes)
{
    private readonly Screen screen = run.Out;

    public void Show(ShownConversation conversation)
    {
        string subject = conversation.Messages.Count > 0 ? conversation.Messages[0].Row.Subject : "";
        screen.Sentence(screen.Bold(subject.Length > 0 ? VisibleText.Line(subject) : "(no subject)"));
        screen.Sentence(screen.Dim(string.Join(", ", conversation.Parties.Select(party => VisibleText.Line(party.Name)))));
        screen.Sentence(screen.Dim($"thread {Names.Short(conversation.Thread.Thread)}{Branches(conversation)}"));
        bool haveSameLabels = conversation.Messages.All(message => message.Labels.SequenceEqual(conversation.Messages[0].Labels));
        if (haveSameLabels && conversation.Messages is [{ Labels.Count: > 0 } first, ..])
            screen.Sentence(screen.Dim(LabelText.Of(first.Labels)));
        foreach (ShownMessage message in conversation.Messages)
            Show(message, conversation.Parties, haveSameLabels ? [] : message.Labels);
    }

    private static string Branches(ShownConversation conversation) => conversation.Branches.Count == 1
        ? ""
        : ", with " + string.Join(", ", conversation.Branches.Skip(1).Select(branch => Names.Short(branch.Thread)));

    private void Show(ShownMessage message, IReadOnlyList<Card> parties, IReadOnlyList<string> labels)
    {
        screen.Line();
        Heading(message);
        Field("To", message.Row.To);
        Field("Cc", message.Row.Cc);
        if (message.Depth > 0 && message.Mail.Subject is { Length: > 0 } subject)
            Field("Subject", subject);
        Field("Labels", LabelText.Of(labels));
        if (PrivacyText.Of(message, parties) is var privacy && (privacy != PrivacyText.Sealed || message.Deliveries.Count > 0))
            Field("Privacy", privacy);
        foreach (string warning in Warnings(message))
            screen.Sentence(screen.Yellow("! " + warning), 2);
        Body(message);
        Attachments(message);
        foreach (DeliveryRow delivery in message.Deliveries)
            screen.Sentence($"{screen.Dim("→")} {VisibleText.Line(delivery.Address)}  {DeliveryText.Of(screen, delivery)}", 4);
        if (message.Deliveries.Any(delivery => IsOverdue(message, delivery)))
            screen.Sentence(screen.Yellow($"  Not stored after 24 hours. 'defms resend {Names.Short(message.Row.Cid)} --via-smtp' hands it to SMTP, in clear."), 4);
    }

    private bool IsOverdue(ShownMessage message, DeliveryRow delivery) =>
        !delivery.IsLegacy && delivery.State is DeliveryState.Queued or DeliveryState.Held or DeliveryState.Quarantined
        && message.Row.Date < run.Now - (long)Pauses.Overdue.TotalMilliseconds
        && !message.Deliveries.Any(other => other.IsLegacy && other.Address == delivery.Address);

    /// <summary>Who, a rule, when, and the message's name.</summary>
    private void Heading(ShownMessage message)
    {
        bool isUnread = !message.Row.Flags.HasFlag(MessageFlags.Read);
        string flag = message.Row.Flags.HasFlag(MessageFlags.Flagged) ? "⚑ " : "";
        string ago = Names.Ago(message.Row.Date, run.Time);
        string right = $"{Names.Date(message.Row.Date, run.Time)}{(ago.Length > 0 ? ", " + ago : "")}  {Names.Short(message.Row.Cid)}";
        string left = TextWidth.Cut($"{Branch(message.Depth)}{(isUnread ? "● " : "")}{flag}{VisibleText.Line(message.AuthorName)}", screen.Width - right.Length - 6);
        string rule = new('─', Math.Max(2, screen.Width - TextWidth.Of(left) - right.Length - 2));
        screen.Line($"{screen.Bold(left)} {screen.Dim($"{rule} {right}")}");
    }

    /// <summary>How deep in the tree of replies; deeper than this all look alike, so that a name still fits the line.</summary>
    private static string Branch(int depth) => depth == 0 ? "" : new string(' ', 2 * (Math.Min(depth, 6) - 1)) + "↳ ";

    private void Field(string name, string value)
    {
        if (value.Length > 0)
            screen.Sentence($"{screen.Dim(name + ":")} {VisibleText.Line(value)}", name.Length + 2);
    }

    private void Body(ShownMessage message)
    {
        string text = VisibleText.Lines(message.Mail.Text).Trim('\n').TrimEnd();
        if (text.Length == 0)
            return;
        screen.Line();
        string shown = withQuotes ? text : FoldedQuotes.Of(text);
        IEnumerable<string> lines = screen.IsTerminal ? Wrapping.Wrap(shown, screen.Width) : shown.Split('\n');
        foreach (string line in lines)
            screen.Line(line.StartsWith('>') ? screen.Dim(line) : line);
        screen.Line();
    }

    private void Attachments(ShownMessage message)
    {
        IReadOnlyList<MimePart> parts = message.Mail.Attachments;
        for (int i = 0; i < parts.Count; i++)
        {
            string size = Names.Size(parts[i].Decode().Length);
            screen.Line($"{screen.Cyan($"[{i + 1}]")} {AttachmentName.Of(parts[i], i + 1)}  {screen.Dim($"{VisibleText.Line(parts[i].MediaType.Name)}, {size}")}");
        }
    }

    private static IEnumerable<string> Warnings(ShownMessage message)
    {
        if (message.Row.Flags.HasFlag(MessageFlags.Damaged))
            yield return "Damaged: its octets are not what its author sealed.";
        else if (!message.IsWhole && !message.Row.Flags.HasFlag(MessageFlags.Incomplete))
            yield return "Damaged here; after 'defms verify --repair', 'defms sync' asks others for it.";
        else if (!message.IsWhole)
            yield return "Not here whole yet; 'defms cat' and 'defms attachment' fetch it, and 'defms sync' what is below your fetch-limit.";
        if (message.IsFromDoubtful)
            yield return $"Its From says {VisibleText.Line(message.Row.From)}, which is no address of {VisibleText.Line(message.AuthorName)}, whose key signed it.";
        if (message.IsByOldKey)
            yield return $"Signed with a key that {VisibleText.Line(message.AuthorName)} has replaced since.";
    }
}

using System.Text.Json;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;

namespace Defms.Cli.Rendering;

/// <summary>Conversations as rows.</summary>
internal static class ThreadList
{
    private const int WhenWidth = 7;
    private const int PersonWidth = 18;

    /// <summary>Of many labels so much shows on a terminal: the subject says more.</summary>
    private const int LabelsWidth = 20;

    // Mark, name, time and person with the spaces around them.
    private const int BeforeSubject = 2 + 8 + 2 + WhenWidth + 2 + PersonWidth + 2;

    public static void Show(Invocation run, IReadOnlyList<ListedConversation> conversations)
    {
        foreach (ListedConversation listed in conversations)
            run.Out.Line(Row(run, listed.Row, listed));
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<ListedConversation> conversations)
    {
        json.WriteStartArray();
        foreach (ListedConversation listed in conversations)
        {
            json.WriteStartObject();
            json.WriteString("thread", listed.Newest.Thread.ToString());
            json.WriteString("root", listed.Newest.Root.ToString());
            WriteBranches(json, listed.Branches);
            json.WriteString("subject", listed.Row.Subject);
            json.WriteString("from", listed.Row.From);
            json.WriteString("to", listed.Row.To);
            json.WriteNumber("messages", listed.Row.Messages);
            json.WriteNumber("unread", listed.Row.Unread);
            json.WriteString("updated", Names.Time(listed.Row.Updated));
            json.WriteStrings("labels", listed.Labels);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void WriteBranches(Utf8JsonWriter json, IEnumerable<ThreadRow> branches)
    {
        json.WriteStartArray("branches");
        foreach (ThreadRow branch in branches)
        {
            json.WriteStartObject();
            json.WriteString("thread", branch.Thread.ToString());
            json.WriteString("root", branch.Root.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A result of a search: the message that was found, and how many its conversation has.</summary>
    public static string Row(Invocation run, SearchResult result) => Row(run, result.Conversation.Row with
    {
        Subject = result.Message.Subject,
        From = result.Message.From,
        To = result.Message.To,
        Updated = result.Message.Date,
    }, result.Conversation);

    private static string Row(Invocation run, ConversationRow row, ListedConversation listed)
    {
        Screen screen = run.Out;
        bool isUnread = row.Unread > 0;
        string subject = row.Subject.Length > 0 ? VisibleText.Line(row.Subject) : "(no subject)";
        string count = row.Messages > 1 ? $" ({row.Messages})" : "";
        string labels = listed.Labels.Count == 0 ? "" : "  " + LabelText.Of(listed.Labels);
        if (screen.IsTerminal)
        {
            labels = TextWidth.Cut(labels, LabelsWidth);
            subject = TextWidth.Cut(subject, screen.Width - BeforeSubject - count.Length - TextWidth.Of(labels));
        }
        string when = Names.When(row.Updated, run.Time).PadLeft(WhenWidth);
        string person = TextWidth.Fit(Person(run.Card, row), PersonWidth);
        return $"{(isUnread ? screen.Cyan("●") : " ")} {screen.Dim(Names.Short(listed.Newest.Thread))}  {when}  "
            + (isUnread ? $"{screen.Bold(person)}  {screen.Bold(subject)}" : $"{person}  {subject}") + screen.Dim(count + labels);
    }

    /// <summary>Who wrote the newest mail; "→" and the recipient when that is the owner.</summary>
    private static string Person(Card own, ConversationRow row)
    {
        FirstMailbox from = FirstMailbox.Of(row.From);
        bool isOwn = own.Addresses.Contains(from.Address, StringComparer.OrdinalIgnoreCase);
        return VisibleText.Line(isOwn && row.To.Length > 0 ? $"→ {FirstMailbox.Of(row.To).Shown}" : from.Shown);
    }
}

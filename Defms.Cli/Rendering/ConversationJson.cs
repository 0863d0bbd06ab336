using System.Text.Json;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mime;

namespace Defms.Cli.Rendering;

/// <summary>A conversation as JSON (docs/guide/commands.md, "show").</summary>
internal static class ConversationJson
{
    public static void Write(Utf8JsonWriter json, ShownConversation conversation)
    {
        json.WriteStartObject();
        json.WriteString("thread", conversation.Thread.Thread.ToString());
        json.WriteString("root", conversation.Thread.Root.ToString());
        json.WriteStartArray("parties");
        foreach (Card party in conversation.Parties)
            WriteParty(json, party);
        json.WriteEndArray();
        ThreadList.WriteBranches(json, conversation.Branches);
        json.WriteStartArray("messages");
        foreach (ShownMessage message in conversation.Messages)
            WriteMessage(json, message, conversation.Parties);
        json.WriteEndArray();
        json.WriteStrings("labels", Label.Once(conversation.Messages.SelectMany(message => message.Labels)));
        json.WriteEndObject();
    }

    private static void WriteParty(Utf8JsonWriter json, Card party)
    {
        json.WriteStartObject();
        json.WriteString("id", party.Identity.ToString());
        json.WriteString("name", party.Name);
        json.WriteStrings("addresses", party.Addresses);
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, ShownMessage message, IReadOnlyList<Card> parties)
    {
        json.WriteStartObject();
        json.WriteString("message", message.Row.Cid.ToString());
        json.WriteString("author", message.Author.ToString());
        json.WriteString("from", message.Row.From);
        json.WriteString("to", message.Row.To);
        json.WriteString("cc", message.Row.Cc);
        json.WriteString("date", Names.Time(message.Row.Date));
        json.WriteString("subject", message.Row.Subject);
        json.WriteString("text", message.Mail.Text);
        json.WriteString("privacy", PrivacyText.Of(message, parties));
        json.WriteStrings("flags", Flags(message.Row.Flags));
        json.WriteStrings("labels", message.Labels);
        json.WriteStrings("warnings", Warnings(message));
        WriteAttachments(json, message.Mail.Attachments);
        WriteDeliveries(json, message.Deliveries);
        json.WriteEndObject();
    }

    private static void WriteAttachments(Utf8JsonWriter json, IReadOnlyList<MimePart> attachments)
    {
        json.WriteStartArray("attachments");
        for (int i = 0; i < attachments.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", i + 1);
            json.WriteString("name", AttachmentName.Of(attachments[i], i + 1));
            json.WriteString("type", attachments[i].MediaType.Name);
            json.WriteNumber("size", attachments[i].Decode().Length);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteDeliveries(Utf8JsonWriter json, IReadOnlyList<DeliveryRow> deliveries)
    {
        json.WriteStartArray("deliveries");
        foreach (DeliveryRow delivery in deliveries)
        {
            json.WriteStartObject();
            json.WriteString("address", delivery.Address);
            json.WriteString("state", Names.Of(delivery.State));
            json.WriteString("detail", delivery.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static IEnumerable<string> Flags(MessageFlags flags)
    {
        if (flags.HasFlag(MessageFlags.Read)) yield return "read";
        if (flags.HasFlag(MessageFlags.Flagged)) yield return "flagged";
        if (flags.HasFlag(MessageFlags.Answered)) yield return "answered";
        if (flags.HasFlag(MessageFlags.Own)) yield return "own";
    }

    private static IEnumerable<string> Warnings(ShownMessage message)
    {
        if (message.IsFromDoubtful) yield return "from-not-bound";
        if (message.IsByOldKey) yield return "old-key";
        if (message.Row.Flags.HasFlag(MessageFlags.Damaged)) yield return "damaged";
        else if (!message.IsWhole) yield return "incomplete";
    }
}

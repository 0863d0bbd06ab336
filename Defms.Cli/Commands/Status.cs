using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands;

/// <summary>Mail that somebody should have by now.</summary>
internal sealed record OverdueDelivery(Cid Message, long Date, DeliveryRow Delivery);

/// <summary>Where things stand, as text and as JSON.</summary>
internal sealed record Status
{
    private const int Column = 12;

    public string Folder { get; init; } = "";

    public long StoreBytes { get; init; }

    public bool IsLocked { get; init; }

    public required Card Card { get; init; }

    public required int Conversations { get; init; }

    public required long Messages { get; init; }

    public required long Unread { get; init; }

    public required IReadOnlyDictionary<DeliveryState, int> Deliveries { get; init; }

    public required int Contacts { get; init; }

    /// <summary>The gateways that were entered.</summary>
    public required IReadOnlyList<Card> Gateways { get; init; }

    public required IReadOnlyList<(Did Sender, int Count, long Bytes)> Strangers { get; init; }

    public required IReadOnlyList<OverdueDelivery> Overdue { get; init; }

    public required int MissingChunks { get; init; }

    public Quota Quota { get; init; }

    /// <summary>The IPFS node that keeps blocks, if one was entered.</summary>
    public string? Node { get; init; }

    /// <summary>Why the last round with it failed, if it did.</summary>
    public string? NodeFault { get; init; }

    public long NodeBlocks { get; init; }

    public void Show(Invocation run)
    {
        Screen screen = run.Out;
        screen.Line($"{screen.Bold(VisibleText.Line(Card.Name))} <{VisibleText.Line(string.Join(", ", Card.Addresses))}>");
        Row(screen, "identity", $"{Card.Identity}");
        Row(screen, "home", $"{Folder} ({Names.Size(StoreBytes)}, identity {(IsLocked ? "under a passphrase" : "without a passphrase")})");
        Row(screen, "endpoints", Card.Endpoints.Count > 0 ? string.Join(", ", Card.Endpoints.Select(endpoint => endpoint.Text)) : "none: your mail waits with its senders until you sync");
        if (Node is not null)
            Row(screen, "ipfs node", $"{Node}, which keeps {Names.Count(NodeBlocks, "block")}");
        if (NodeFault is not null)
            Row(screen, "", screen.Yellow(VisibleText.Line(NodeFault)));
        Row(screen, "mail", $"{Names.Count(Messages, "message")} in {Names.Count(Conversations, "conversation")}, {Unread} unread");
        Row(screen, "contacts", $"{Contacts}");
        Row(screen, "gateway", string.Join(", ", Gateways.Select(card => VisibleText.Line(card.Name))));
        Row(screen, "sent", string.Join(", ", Deliveries.Where(entry => entry.Value > 0).Select(entry => $"{entry.Value} {Names.Of(entry.Key)}")));
        if (Quota.Limit is not null)
            Row(screen, "quota", Quota.IsNear ? screen.Yellow(QuotaWarning.Text(Quota)) : $"{Names.Size(Quota.Used)} of {Names.Size(Quota.Limit.Value)}");
        if (MissingChunks > 0)
            Row(screen, "missing", screen.Yellow($"{MissingChunks} chunks of messages; 'defms sync' fetches them"));
        if (Strangers.Count > 0)
            Row(screen, "strangers", screen.Yellow($"{Names.Count(Strangers.Sum(stranger => (long)stranger.Count), "message")} of {Strangers.Count} waiting; 'defms contact list' shows whom"));
        ShowOverdue(run);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", Card.Identity.ToString());
        json.WriteString("name", Card.Name);
        json.WriteStrings("addresses", Card.Addresses);
        json.WriteStrings("endpoints", Card.Endpoints.Select(endpoint => endpoint.Text));
        json.WriteString("home", Folder);
        json.WriteBoolean("locked", IsLocked);
        json.WriteNumber("bytes", StoreBytes);
        json.WriteNumber("used", Quota.Used);
        if (Quota.Limit is { } limit)
            json.WriteNumber("quota", limit);
        if (Node is not null)
        {
            json.WriteStartObject("ipfs");
            json.WriteString("node", Node);
            json.WriteNumber("blocks", NodeBlocks);
            json.WriteString("fault", NodeFault);
            json.WriteEndObject();
        }
        json.WriteNumber("conversations", Conversations);
        json.WriteNumber("messages", Messages);
        json.WriteNumber("unread", Unread);
        json.WriteNumber("contacts", Contacts);
        json.WriteStrings("gateways", Gateways.Select(card => card.Identity.ToString()));
        json.WriteNumber("missing", MissingChunks);
        json.WriteStartObject("deliveries");
        foreach ((DeliveryState state, int count) in Deliveries)
            json.WriteNumber(Names.Of(state), count);
        json.WriteEndObject();
        WriteLists(json);
        json.WriteEndObject();
    }

    private void WriteLists(Utf8JsonWriter json)
    {
        json.WriteStartArray("strangers");
        foreach ((Did sender, int count, long bytes) in Strangers)
        {
            json.WriteStartObject();
            json.WriteString("id", sender.ToString());
            json.WriteNumber("messages", count);
            json.WriteNumber("bytes", bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("overdue");
        foreach (OverdueDelivery late in Overdue)
        {
            json.WriteStartObject();
            json.WriteString("message", late.Message.ToString());
            json.WriteString("date", Names.Time(late.Date));
            json.WriteString("address", late.Delivery.Address);
            json.WriteString("state", Names.Of(late.Delivery.State));
            json.WriteString("detail", late.Delivery.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void ShowOverdue(Invocation run)
    {
        if (Overdue.Count == 0)
            return;
        Screen screen = run.Out;
        screen.Line();
        screen.Line(screen.Yellow("Not stored by its recipient after 24 hours:"));
        foreach (OverdueDelivery late in Overdue)
            screen.Sentence($"  {Names.Short(late.Message)}  {Names.When(late.Date, run.Time),7}  {VisibleText.Line(late.Delivery.Address)}  {DeliveryText.Of(screen, late.Delivery)}", 4);
        screen.Sentence("'defms resend MESSAGE' tries again; 'defms resend MESSAGE --via-smtp' hands it to the old mail world, in clear.");
    }

    private static void Row(Screen screen, string label, string text)
    {
        if (text.Length > 0)
            screen.Sentence($"  {screen.Dim(TextWidth.Fit(label, Column))}{text}", Column + 2);
    }
}

using System.Text.Json;
using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Mailboxes.Records;

/// <summary>
/// <c>delivery MESSAGE</c>: the sentbox of a message, so that every machine shows how far it has come. Only the machine that wrote it delivers it.
/// </summary>
internal sealed class DeliveryRecords : IRecordKind
{
    /// <summary>An entry takes about 150 bytes; a message to more people is told without its sentbox.</summary>
    private const int MaxEntries = 40;

    public string Word => "delivery";

    /// <summary>What has come farther wins, not what was told later: another machine may tell of one recipient what it knew of all.</summary>
    public bool HasOwnOrder => true;

    public string? NameOf(byte[] name) => Cid.From(name).ToString();

    public string Read(IMailTables tables, string name)
    {
        if (!Cid.TryParse(name, out Cid cid) || tables.Messages.Find(cid) is not { } row || tables.Deliveries.Of(row.Id) is not { Count: > 0 and <= MaxEntries } rows)
            return "";
        IEnumerable<DeliveryRow> ordered = rows.OrderBy(delivery => delivery.Address, StringComparer.Ordinal).ThenBy(TextOf, StringComparer.Ordinal);
        return JsonSerializer.Serialize(ordered.Select(delivery => (string[])
            [delivery.Address, TextOf(delivery), delivery.IsBcc ? "bcc" : "", $"{(int)delivery.State}", Shorten(delivery.Detail), $"{delivery.Updated}"]));
    }

    public void Apply(IMailTables tables, string name, string value, long now)
    {
        if (!Cid.TryParse(name, out Cid cid) || tables.Messages.Find(cid) is not { } row || value.Length == 0)
            return;
        IReadOnlyList<DeliveryRow> known = tables.Deliveries.Of(row.Id);
        foreach (DeliveryRow told in Parse(value, row.Id))
        {
            DeliveryRow? here = known.FirstOrDefault(delivery => delivery.Identity == told.Identity && delivery.Address == told.Address);
            if (here is null)
            {
                tables.Deliveries.Add(told);
                tables.Deliveries.SetAnnounced(row.Id, told.Identity);
            }
            else if (!IsBehind(told, here) && told != here with { Detail = Shorten(here.Detail) })
            {
                // All of it: a machine that says the same in other words would be taken for one that has news.
                tables.Deliveries.Take(told);
            }
        }
    }

    /// <summary>What is stored stays stored; otherwise the later change counts, by the clock of the machine that delivers.</summary>
    private static bool IsBehind(DeliveryRow told, DeliveryRow here)
    {
        bool isStored = told.State == DeliveryState.Stored, wasStored = here.State == DeliveryState.Stored;
        return isStored == wasStored ? told.Updated < here.Updated : wasStored;
    }

    private static IEnumerable<DeliveryRow> Parse(string value, long message)
    {
        string[][]? entries = null;
        try
        {
            entries = JsonSerializer.Deserialize<string[][]>(value);
        }
        catch (JsonException)
        {
            // What a machine of the owner's garbled says nothing.
        }
        foreach (string[] entry in (entries ?? []).Take(MaxEntries))
        {
            if (entry is [var address, var identity, var bcc, var state, var detail, var updated] && TryParse(identity, out Did did)
                && Enum.TryParse(state, out DeliveryState known) && Enum.IsDefined(known) && long.TryParse(updated, out long time))
                yield return new DeliveryRow(message, address, did, bcc == "bcc", known, detail, time);
        }
    }

    /// <summary>Nobody's identity is that of somebody in the old mail world.</summary>
    private static string TextOf(DeliveryRow delivery) => delivery.IsLegacy ? "" : delivery.Identity.ToString();

    private static bool TryParse(string text, out Did identity)
    {
        identity = default;
        return text.Length == 0 || Did.TryParse(text, out identity);
    }

    private static string Shorten(string detail) => detail.Length <= 100 ? detail : detail[..100];
}

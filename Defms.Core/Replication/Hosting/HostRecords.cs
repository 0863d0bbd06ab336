using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// <c>host IDENTITY</c>: the owner's hosts as records, so that each machine of his fetches from all of them and all stand on his card, although
/// two machines changed it at the same time and only one card was kept. No token of an invitation is in it: the host serves him by now.
/// </summary>
internal sealed class HostRecords(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    private const string Word = "host";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public static void Note(IReplicationTables tables, HostRow row, long now) =>
        RecordBook.Set(tables, Key(row.Identity), $"{EndpointOf(row).Text} {row.Name}", now);

    public static void NoteEnd(IReplicationTables tables, Did host, long now) => RecordBook.Set(tables, Key(host), "", now);

    /// <summary>Forgets all that was noted of a host.</summary>
    public static void Remove(IReplicationTables tables, Did host)
    {
        tables.Hosts.Remove(host);
        tables.OwnHosts.Remove(host);
        RecoveryHosts.Done(tables, host);
        tables.Cursors.Remove(host);
    }

    /// <summary>Brings the hosts known here and the card to what the records say. One look when they agree.</summary>
    public void Converge()
    {
        if (store.Read(tables => Untold(tables).Count > 0 || Differing(tables).Count > 0))
            store.Write(Converge);
    }

    private bool Converge(IReplicationTables tables)
    {
        foreach (HostRow row in Untold(tables))
            Note(tables, row, Now);
        foreach (Told told in Differing(tables))
            Follow(tables, told);
        return true;
    }

    /// <summary>Hosts that no record speaks of yet: of a store from before there were any, or of a recovery.</summary>
    private static List<HostRow> Untold(IReplicationTables tables) => RecoveryHosts.IsUnderWay(tables)
        ? [] // What is told with new keys would take the place of what the lost machines left.
        : [.. tables.Hosts.List().Where(row => tables.Records.Find(Key(row.Identity)) is null)];

    private static List<Told> Differing(IReplicationTables tables)
    {
        List<Told> told = [.. tables.Records.OfKind(Word).Select(Read).OfType<Told>()];
        if (told.Count == 0 || RecoveryHosts.IsUnderWay(tables))
            return [];
        IReadOnlyList<Endpoint> card = OwnCard.Get(tables).Endpoints;
        return told.FindAll(host => !Agrees(host, tables.Hosts.Find(host.Identity), card.FirstOrDefault(endpoint => endpoint.Identity == host.Identity)));
    }

    private static bool Agrees(Told told, HostRow? row, Endpoint? onCard) => row?.Url == told.Endpoint?.Url && onCard?.Url == told.Endpoint?.Url;

    private void Follow(IReplicationTables tables, Told told)
    {
        if (told.Endpoint is null)
            Remove(tables, told.Identity);
        else if (tables.Hosts.Find(told.Identity) is { } row)
            tables.Hosts.Put(row with { Url = told.Endpoint.Url });
        else
            tables.Hosts.Put(new HostRow(told.Identity, told.Endpoint.Url, told.Name, 0, 0, 0, 0, Now, 0, null));
        try
        {
            OwnCard.Change(tables, self, profile => HostBook.Naming(profile, told.Identity, told.Endpoint), time.GetUtcNow());
        }
        catch (CardException)
        {
            // Two machines added more than a card takes. This one is asked all the same; senders have the others.
        }
    }

    private static Told? Read(Record record)
    {
        if (!Did.TryParse(record.Key[(Word.Length + 1)..], out Did identity))
            return null;
        string[] words = record.Value.Split(' ', 2);
        return record.Value.Length == 0 ? new Told(identity, null, "")
            : Endpoint.TryParseUrl(words[0], out Uri url) ? new Told(identity, new Endpoint(url, identity), words.Length > 1 ? words[1] : "")
            : null;
    }

    private static Endpoint EndpointOf(HostRow row) => new(row.Url, row.Identity);

    private static string Key(Did host) => $"{Word} {host}";

    /// <summary>What a record says of a host; no endpoint where it is none any more.</summary>
    private sealed record Told(Did Identity, Endpoint? Endpoint, string Name);
}

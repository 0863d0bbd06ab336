using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Replication;

/// <summary>Where people are reached: the endpoints of the newest card known of each.</summary>
public sealed class PeerBook(IStore<IReplicationTables> store)
{
    /// <summary>Where announcements and receipts for somebody go, in the order of his card.</summary>
    public IReadOnlyList<PeerAddress> EndpointsOf(Did identity, Blocks.Cid? thread) => store.Read(tables =>
    {
        if (OwnCard.Get(tables).Identity == identity)
            return OtherMachines(tables, identity);
        ContactRow? contact = tables.Contacts.Find(identity);
        Card? card = contact?.Card ?? PartyCard(tables, identity, thread);
        return card is null ? [] : Addresses(card, contact);
    });

    /// <summary>A word for somebody in reports.</summary>
    public string NameOf(Did identity) => store.Read(tables => tables.Contacts.Find(identity)?.Card.Name) ?? identity.ToString();

    /// <summary>Where a party's own machines are: a host of his shows nothing to others.</summary>
    public IReadOnlyList<PeerAddress> MachinesOf(Did identity, Blocks.Cid? thread) =>
        [.. EndpointsOf(identity, thread).Where(endpoint => endpoint.Identity == identity)];

    /// <summary>The owner's hosts.</summary>
    public IReadOnlyList<PeerAddress> Hosts() => store.Read(HostBook.AddressesOf);

    /// <summary>Accepted contacts that can be asked, at machines of their own, for what they keep for us.</summary>
    public IReadOnlyList<(Did Identity, string Name, IReadOnlyList<PeerAddress> Endpoints)> Askable() => store.Read(tables =>
        (IReadOnlyList<(Did, string, IReadOnlyList<PeerAddress>)>)[.. tables.Contacts.List()
            .Where(contact => contact.State == ContactState.Accepted)
            .Select(contact => (contact.Identity, contact.Card.Name, (IReadOnlyList<PeerAddress>)[.. Addresses(contact.Card, contact).Where(endpoint => endpoint.Identity == contact.Identity)]))
            .Where(peer => peer.Item3.Count > 0)]);

    /// <summary>Where other machines of the owner's have answered.</summary>
    private static List<PeerAddress> OtherMachines(IReplicationTables tables, Did self)
    {
        byte[] here = tables.Settings.GetBytes(StoreSettings.Epoch)!;
        return [.. tables.OwnMachines.List().Where(row => !row.Read.Epoch.AsSpan().SequenceEqual(here))
            .Select(row => new PeerAddress(new Uri(row.Url), self, MayBePrivate: true))];
    }

    private static IReadOnlyList<PeerAddress> Addresses(Card card, ContactRow? contact) =>
        [.. card.Endpoints.Select(endpoint => PeerAddress.Of(endpoint, contact?.EnteredEndpoints.Contains(endpoint.Text) ?? false))];

    /// <summary>A party of a thread who is no contact: his card stands in the genesis.</summary>
    private static Card? PartyCard(IReplicationTables tables, Did identity, Blocks.Cid? thread)
    {
        if (thread is null || tables.Threads.Find(thread.Value) is not { } row)
            return tables.Quarantine.Senders().Where(sender => sender.Sender == identity).Select(sender => Decode(sender.Card)).FirstOrDefault();
        using Threads.Thread? opened = ThreadAccess.Find(tables, row);
        return opened?.Genesis.Find(identity);
    }

    private static Card? Decode(byte[] bytes) => Card.TryDecode(bytes, out Card? card, out _) ? card : null;
}

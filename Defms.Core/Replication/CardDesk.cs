using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// Takes the card that somebody shows, and tells him the newest of his own that is known here: so somebody who begins anew with his recovery
/// code learns how far his epochs have come. Anyone may ask about himself; keys of every epoch do.
/// </summary>
public sealed class CardDesk(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    /// <summary>Threads that are looked into for the card of somebody who is no contact: each opens a genesis.</summary>
    private const int MaxThreads = 50;

    /// <param name="asker">Who asks, by any of his keys.</param>
    /// <param name="shown">His card, perhaps.</param>
    /// <returns>The newest card of his known here; null where none is, or where it is nobody known.</returns>
    public Card? Answer(Certificate asker, Card? shown)
    {
        if (asker.Identity == self.Did)
            return store.Read(OwnCard.Get);
        if (shown?.Identity == asker.Identity)
            store.Write(tables => Take(tables, shown));
        return store.Read(tables => Newest(tables, asker.Identity));
    }

    /// <summary>Only somebody known is learned: a contact, or a party of a common thread.</summary>
    private bool Take(IReplicationTables tables, Card shown)
    {
        ContactRow? before = tables.Contacts.Find(shown.Identity);
        if (before is null && tables.Threads.WithParty(shown.Identity).Count == 0)
            return false;
        new ContactBook(tables, self.Did, time.GetUtcNow()).Meet(shown);
        if (before is not null && shown.Epoch > before.Card.Epoch)
            tables.Devices.Remove(shown.Identity);
        return true;
    }

    private static Card? Newest(IReplicationTables tables, Did identity) =>
        tables.Contacts.Find(identity)?.Card
        ?? tables.Threads.WithParty(identity).TakeLast(MaxThreads).Select(row => PartyCard(tables, row, identity)).Max();

    private static Card? PartyCard(IReplicationTables tables, ThreadRow row, Did identity)
    {
        using Threads.Thread? thread = ThreadAccess.Find(tables, row);
        return thread?.Genesis.Find(identity);
    }
}

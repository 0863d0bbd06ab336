using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>
/// Shows contacts the owner's card of a new epoch before anything else is asked of them: from then on they refuse the old keys. Cards of the
/// same epoch travel with the next message.
/// </summary>
internal sealed class CardTelling(IStore<IReplicationTables> store, ICardPeer peer)
{
    /// <exception cref="PeerException">The contact was not reached.</exception>
    public async Task TellAsync(PeerAddress contact, CancellationToken cancel)
    {
        (Card own, string? told) = store.Read(tables => (OwnCard.Get(tables), tables.Settings.Get(Setting(contact.Identity))));
        if (own.Epoch == 0 || told == $"{own.Epoch}")
            return;
        Card? known = await peer.ShowCardAsync(contact, own, cancel);
        if (known?.Epoch == own.Epoch)
            store.Write(tables => Note(tables, contact.Identity, own.Epoch));
    }

    private static bool Note(IReplicationTables tables, Did contact, int epoch)
    {
        tables.Settings.Set(Setting(contact), $"{epoch}");
        return true;
    }

    private static string Setting(Did contact) => $"card.told {contact}";
}

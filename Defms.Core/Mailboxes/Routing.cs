using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>Somebody a message goes to, and who that is natively.</summary>
public sealed record Recipient(MailAddress Address, Did Identity, Card Card);

/// <summary>
/// Which identity an address means (DESIGN section 5): within a thread and its branches an address on a party's genesis card means that
/// party; otherwise the person's own bindings decide. There is no guessing.
/// </summary>
public sealed class Routing
{
    private readonly IMailTables tables;
    private readonly Card own;
    private readonly Dictionary<string, Card> parties = [];

    /// <param name="context">The thread a message answers in, or null for a new one.</param>
    public Routing(IMailTables tables, Card own, Threads.Genesis? context)
    {
        this.tables = tables;
        this.own = own;
        foreach (Card party in context?.Parties ?? [])
        {
            foreach (string text in party.Addresses)
            {
                if (MailAddress.TryParse(text, out MailAddress address))
                    parties.TryAdd(address.Canonical, party);
            }
        }
    }

    /// <summary>Whether an address is one of the owner's.</summary>
    public bool IsOwn(MailAddress address) =>
        own.Addresses.Any(text => MailAddress.TryParse(text, out MailAddress mine) && mine.Canonical == address.Canonical);

    /// <summary>The recipient behind an address, or null when there is no native way to it.</summary>
    public Recipient? Find(MailAddress address)
    {
        if (IsOwn(address))
            return new Recipient(address, own.Identity, own);
        if (parties.TryGetValue(address.Canonical, out Card? party))
            return new Recipient(address, party.Identity, Newest(party));
        return tables.Contacts.BoundTo(address.Canonical) is { } identity && tables.Contacts.Find(identity) is { State: ContactState.Accepted } contact
            ? new Recipient(address, identity, contact.Card)
            : null;
    }

    /// <summary>The newest card known of a party.</summary>
    public Card Newest(Card party)
    {
        Card? known = party.Identity == own.Identity ? own : tables.Contacts.Find(party.Identity)?.Card;
        return known is not null && known.IsNewerThan(party) ? known : party;
    }
}

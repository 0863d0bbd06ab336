using Defms.Core.Identities;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>What came of adding or accepting somebody.</summary>
/// <param name="Row">The contact as it stands now.</param>
/// <param name="Bound">The addresses that now mean this identity.</param>
public sealed record ContactChange(ContactRow Row, IReadOnlyList<string> Bound);

/// <summary>
/// The people the owner knows, and which address means whom. A binding is only ever made by the person's own hand here, and never
/// moved to another identity without his word.
/// </summary>
public sealed class ContactBook(IMailTables tables, Did self, DateTimeOffset now)
{
    private readonly IContactTable contacts = tables.Contacts;

    /// <summary>Enters a card by hand: accepts its identity, binds its addresses, trusts its endpoints even in private networks.</summary>
    /// <param name="rebind">Whether addresses bound to somebody else move to this identity.</param>
    /// <exception cref="MailboxException">It is the owner's own, older than what is known, or takes somebody's address.</exception>
    public ContactChange Add(Card card, bool rebind = false)
    {
        RefuseSelf(card.Identity);
        ContactRow? known = contacts.Find(card.Identity);
        if (known is not null && known.Card.IsNewerThan(card))
            throw new MailboxException(
                $"This card of {known.Card.Name} is older than the one you have (epoch {card.Epoch}, number {card.Seq}; you have epoch {known.Card.Epoch}, number {known.Card.Seq}). Ask for the current one.");
        return Accept(card, known, rebind, entered: [.. card.Endpoints.Select(endpoint => endpoint.Text)], ReadAddresses(card));
    }

    /// <summary>
    /// Enters a card that an address's own domain showed for it, because the person asked for that address: accepts its identity and binds that
    /// address alone. Its endpoints are those of any card.
    /// </summary>
    /// <exception cref="MailboxException">It is the owner's own, or the address means somebody else.</exception>
    public ContactChange AddShown(Card card, MailAddress address, bool rebind = false)
    {
        RefuseSelf(card.Identity);
        ContactRow? known = contacts.Find(card.Identity);
        Card newest = known is not null && known.Card.IsNewerThan(card) ? known.Card : card;
        return Accept(newest, known, rebind, known?.EnteredEndpoints ?? [], [address]);
    }

    /// <summary>Accepts somebody who is waiting or was blocked, with the card he showed.</summary>
    /// <param name="allowPrivate">Whether the card's endpoints may lead into private networks.</param>
    public ContactChange Accept(Card card, bool rebind, bool allowPrivate)
    {
        RefuseSelf(card.Identity);
        ContactRow? known = contacts.Find(card.Identity);
        Card newest = known is not null && known.Card.IsNewerThan(card) ? known.Card : card;
        IReadOnlyList<string> entered = allowPrivate ? [.. newest.Endpoints.Select(endpoint => endpoint.Text)] : known?.EnteredEndpoints ?? [];
        return Accept(newest, known, rebind, entered, ReadAddresses(newest));
    }

    /// <summary>
    /// Takes note of a card that somebody showed in a message of his. Only a newer card of somebody known changes anything; its addresses
    /// and endpoints are offers.
    /// </summary>
    public void Learn(Card card)
    {
        if (contacts.Find(card.Identity) is { } known && card.IsNewerThan(known.Card))
            contacts.Put(known with { Card = card });
    }

    /// <summary>Notes somebody without accepting him.</summary>
    public void Meet(Card card)
    {
        if (card.Identity == self)
            return;
        if (contacts.Find(card.Identity) is null)
            contacts.Put(new ContactRow { Card = card, State = ContactState.Stranger, Added = now.ToUnixTimeMilliseconds() });
        else
            Learn(card);
    }

    public ContactRow Block(ContactRow row) => Keep(row with { State = ContactState.Blocked });

    /// <summary>Notes that the owner compared keys with this person by other means.</summary>
    public ContactRow Verify(ContactRow row) => Keep(row with { IsVerified = true });

    public void Remove(ContactRow row) => contacts.Remove(row.Identity);

    /// <summary>Finds a contact by identity, unique end of an identity, bound address, address on its card, or name.</summary>
    /// <exception cref="MailboxException">There is none, or there are several.</exception>
    public ContactRow Find(string text)
    {
        if (Did.TryParse(text, out Did did) && contacts.Find(did) is { } exact)
            return exact;
        if (MailAddress.TryParse(text, out MailAddress address) && contacts.BoundTo(address.Canonical) is { } bound && contacts.Find(bound) is { } owner)
            return owner;
        List<ContactRow> found = [.. contacts.List().Where(row => IsMeant(row, text))];
        return found switch
        {
            [ContactRow one] => one,
            [] => throw new MailboxException($"No contact is called '{text}'. 'defms contact list' shows all.", MailboxFault.NotFound),
            _ => throw new MailboxException($"'{text}' may mean {string.Join(" or ", found.Select(row => row.Identity))}. Name one by its identity.", MailboxFault.Usage),
        };
    }

    private static bool IsMeant(ContactRow row, string text) =>
        row.Card.Name.Equals(text, StringComparison.OrdinalIgnoreCase)
        || row.Card.Addresses.Contains(text, StringComparer.OrdinalIgnoreCase)
        || (text.Length >= 6 && row.Identity.ToString().EndsWith(text, StringComparison.Ordinal));

    private ContactChange Accept(Card card, ContactRow? known, bool rebind, IReadOnlyList<string> entered, IReadOnlyList<MailAddress> addresses)
    {
        foreach (MailAddress address in addresses)
            RefuseTaken(address, card, rebind);
        var row = new ContactRow
        {
            Card = card,
            State = ContactState.Accepted,
            IsVerified = known?.IsVerified ?? false,
            EnteredEndpoints = [.. entered.Union(known?.EnteredEndpoints ?? [])],
            Added = known?.Added ?? now.ToUnixTimeMilliseconds(),
        };
        contacts.Put(row);
        foreach (MailAddress address in addresses)
            contacts.Bind(address.Canonical, card.Identity);
        return new ContactChange(row, contacts.Bindings(card.Identity));
    }

    private void RefuseTaken(MailAddress address, Card card, bool rebind)
    {
        if (!rebind && contacts.BoundTo(address.Canonical) is { } other && other != card.Identity)
            throw new MailboxException(
                $"{address} already means {other}. If it really belongs to {card.Identity} now, say so with --rebind; compare the identities with the person first.");
    }

    private void RefuseSelf(Did identity)
    {
        if (identity == self)
            throw new MailboxException("This is your own card; give it to others.", MailboxFault.Usage);
    }

    private static List<MailAddress> ReadAddresses(Card card)
    {
        var addresses = new List<MailAddress>();
        foreach (string text in card.Addresses)
        {
            if (MailAddress.TryParse(text, out MailAddress address))
                addresses.Add(address);
        }
        return addresses;
    }

    private ContactRow Keep(ContactRow row)
    {
        contacts.Put(row);
        return row;
    }
}

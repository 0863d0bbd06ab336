using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>
/// What a card in a mail of the old world is worth (docs/formats/parcel.md, "Cards in mail"). One that the sender's domain vouches for makes
/// a binding of his From address; every other is an offer that the person may confirm.
/// </summary>
public static class MailedCard
{
    /// <summary>The field that carries the text form of a card.</summary>
    public const string Field = "Defms-Card";

    /// <summary>Offers beyond so many are passed over: anybody can put a card into a mail, and nobody reads a list of thousands.</summary>
    private const int MaxOffers = 256;

    /// <summary>Looks at the cards of a mail that a gateway of the owner brought.</summary>
    /// <param name="origin">By that gateway; it speaks of this very mail.</param>
    public static void Take(IMailTables tables, MailMessage mail, Origin origin, Did self, DateTimeOffset now)
    {
        List<HeaderField> fields = [.. mail.Headers.All(Field).Take(2)];
        if (fields.Count == 0 || !Card.TryParse(fields[0].Value, out Card? card, out _) || card.Identity == self || card.Profile is null)
            return;
        ContactRow? known = tables.Contacts.Find(card.Identity);
        if (known is { State: ContactState.Blocked })
            return;
        if (fields.Count == 1 && Vouched(mail, origin, card) is { } address && MayBind(tables, address, card.Identity))
            Bind(tables, card, known, address, now);
        else if (known is not null || tables.Contacts.List().Count(row => row.State == ContactState.Stranger) < MaxOffers)
            new ContactBook(tables, self, now).Meet(card);
    }

    /// <summary>
    /// The one From address, where an aligned DKIM signature covers the card and the card itself names that address: the domain says
    /// that the mail is of this address, the identity says that the address is its own.
    /// </summary>
    private static MailAddress? Vouched(MailMessage mail, Origin origin, Card card)
    {
        bool isCovered = origin.CoversCard && origin.Dkim == "pass";
        if (!isCovered || mail.Headers.All("From").Count() != 1 || mail.From is not [var from] || !from.Address.IsValid)
            return null;
        return card.Names(from.Address) ? from.Address : null;
    }

    /// <summary>What is bound stays bound; the owner's own addresses mean nobody else.</summary>
    private static bool MayBind(IMailTables tables, MailAddress address, Did identity) =>
        (tables.Contacts.BoundTo(address.Canonical) is not { } bound || bound == identity) && !new Routing(tables, OwnCard.Get(tables), null).IsOwn(address);

    /// <summary>Accepts its owner unverified, for this address alone. An older card that is shown again takes nothing back.</summary>
    private static void Bind(IMailTables tables, Card card, ContactRow? known, MailAddress address, DateTimeOffset now)
    {
        ContactRow row = known ?? new ContactRow { Card = card, State = ContactState.Accepted, Added = now.ToUnixTimeMilliseconds() };
        if (card.IsNewerThan(row.Card))
            row = row with { Card = card };
        tables.Contacts.Put(row with { State = ContactState.Accepted });
        tables.Contacts.Bind(address.Canonical, card.Identity);
    }
}

using Defms.Core.Identities;

namespace Defms.Core.Mailboxes;

/// <summary>
/// The gateways that the owner entered, by <c>defms config gateway</c>. Mail for people of the old world goes to the first; deliveries and
/// reports are taken from all of them, and from nobody else. Each is a contact, so that its card is kept and it can be asked for what waits.
/// </summary>
public static class Gateways
{
    private const string Setting = "gateway";

    /// <summary>In the order in which they were entered.</summary>
    public static IReadOnlyList<Did> All(IMailTables tables) =>
        [.. (tables.Settings.GetBytes(Setting) ?? []).Chunk(Did.Length).Select(bytes => Did.From(bytes))];

    public static bool Has(IMailTables tables, Did identity) => All(tables).Contains(identity);

    /// <summary>The newest card of the gateway that submissions go to, or null.</summary>
    public static Card? ForSending(IMailTables tables) =>
        All(tables).Select(tables.Contacts.Find).FirstOrDefault(row => row is { State: ContactState.Accepted })?.Card;

    /// <summary>Enters exactly these gateways, whose cards the person gave by hand; others that were entered are no gateways any more.</summary>
    /// <exception cref="MailboxException">One is the owner's own card, or older than the one that is known.</exception>
    public static void Enter(IMailTables tables, IReadOnlyList<Card> cards, Did self, DateTimeOffset now)
    {
        foreach (Card card in cards)
            Keep(tables, card, self, now);
        foreach (Did former in All(tables).Except(cards.Select(card => card.Identity)))
            Release(tables, former);
        tables.Settings.SetBytes(Setting, [.. cards.SelectMany(card => card.Identity.Bytes.ToArray())]);
    }

    /// <summary>An accepted contact, whose addresses are bound to nothing: mail to a gateway's own address is mail of the old world.</summary>
    private static void Keep(IMailTables tables, Card card, Did self, DateTimeOffset now)
    {
        if (card.Identity == self)
            throw new MailboxException("This is your own card, not a gateway's.", MailboxFault.Usage);
        ContactRow? known = tables.Contacts.Find(card.Identity);
        if (known is not null && known.Card.IsNewerThan(card))
            throw new MailboxException($"This card of {known.Card.Name} is older than the one you have. Ask for the current one.");
        tables.Contacts.Put(new ContactRow
        {
            Card = card,
            State = ContactState.Accepted,
            IsVerified = known?.IsVerified ?? false,
            EnteredEndpoints = [.. card.Endpoints.Select(endpoint => endpoint.Text).Union(known?.EnteredEndpoints ?? [])],
            Added = known?.Added ?? now.ToUnixTimeMilliseconds(),
        });
    }

    /// <summary>Who was a gateway and nothing else is let go; who has addresses bound to him is a person too.</summary>
    private static void Release(IMailTables tables, Did former)
    {
        if (tables.Contacts.Bindings(former).Count == 0)
            tables.Contacts.Remove(former);
    }
}

using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Contacts;

/// <summary>Mail of a stranger that waits unopened until he is accepted.</summary>
/// <param name="Arrived">Unix milliseconds of the newest.</param>
internal sealed record WaitingMail(int Count, long Bytes, long Arrived);

/// <summary>Somebody the owner knows or who knocks at his door: the contact, if there is one, the newest card, and what waits.</summary>
internal sealed record Person(Card Card, ContactRow? Contact, WaitingMail? Waiting, IReadOnlyList<string> Bound)
{
    public ContactState State => Contact?.State ?? ContactState.Stranger;

    public bool IsVerified => Contact?.IsVerified ?? false;

    /// <summary>Contacts by name, then strangers who wait.</summary>
    public static List<Person> All(IReplicationTables tables)
    {
        Dictionary<Did, (Card Card, WaitingMail Waiting)> waiting = WaitingMails(tables);
        List<Person> people = [.. tables.Contacts.List().Select(row => Known(tables, row, waiting))];
        HashSet<Did> known = [.. people.Select(person => person.Card.Identity)];
        people.AddRange(waiting.Where(entry => !known.Contains(entry.Key)).Select(entry => new Person(entry.Value.Card, null, entry.Value.Waiting, [])));
        return [.. people.OrderBy(person => person.State == ContactState.Stranger).ThenBy(person => person.Card.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <exception cref="MailboxException">Nobody is meant, or several.</exception>
    public static Person Find(IReplicationTables tables, ContactBook book, string who)
    {
        List<Person> people = All(tables);
        List<Person> knocking = [.. people.Where(person => person.Contact is null && person.IsMeant(who))];
        if (knocking is [Person stranger] && !people.Exists(person => person.Contact is not null && person.IsMeant(who)))
            return stranger;
        ContactRow row = book.Find(who);
        return people.Find(person => person.Card.Identity == row.Identity)!;
    }

    private static Person Known(IReplicationTables tables, ContactRow row, Dictionary<Did, (Card Card, WaitingMail Waiting)> waiting)
    {
        bool waits = waiting.TryGetValue(row.Identity, out (Card Card, WaitingMail Waiting) mail);
        Card card = waits && mail.Card.IsNewerThan(row.Card) ? mail.Card : row.Card;
        return new Person(card, row, waits ? mail.Waiting : null, tables.Contacts.Bindings(row.Identity));
    }

    private static Dictionary<Did, (Card Card, WaitingMail Waiting)> WaitingMails(IReplicationTables tables)
    {
        var waiting = new Dictionary<Did, (Card Card, WaitingMail Waiting)>();
        foreach ((Did sender, byte[] bytes, int count, long size, long arrived) in tables.Quarantine.Senders())
        {
            if (Card.TryDecode(bytes, out Card? card, out _))
                waiting[sender] = (card, new WaitingMail(count, size, arrived));
        }
        return waiting;
    }

    private bool IsMeant(string text) =>
        Card.Name.Equals(text, StringComparison.OrdinalIgnoreCase)
        || Card.Addresses.Contains(text, StringComparer.OrdinalIgnoreCase)
        || (text.Length >= 6 && Card.Identity.ToString().EndsWith(text.TrimStart('…'), StringComparison.Ordinal));
}

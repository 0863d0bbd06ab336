using Defms.Core.Identities;

namespace Defms.Core.Mailboxes.Records;

/// <summary>
/// <c>contact IDENTITY</c>: how the person stands to somebody, as words: the state, <c>verified</c>, and the endpoints that were entered by
/// hand. His card is a record of its own, so that learning a card never undoes the person's word.
/// </summary>
internal sealed class ContactRecords : IRecordKind
{
    private const string Verified = "verified";

    public string Word => "contact";

    public string? NameOf(byte[] name) => Did.From(name).ToString();

    public string Read(IMailTables tables, string name) =>
        Did.TryParse(name, out Did did) && tables.Contacts.Find(did) is { } row
            ? string.Join(' ', [StateWord(row.State), .. row.IsVerified ? (string[])[Verified] : [], .. row.EnteredEndpoints])
            : "";

    public void Apply(IMailTables tables, string name, string value, long now)
    {
        if (!Did.TryParse(name, out Did did))
            return;
        if (value.Length == 0)
            tables.Contacts.Remove(did);
        else if ((tables.Contacts.Find(did)?.Card ?? CardRecords.CardOf(tables, name)) is { } card)
            tables.Contacts.Put(RowOf(card, value, tables.Contacts.Find(did)?.Added ?? now));
    }

    /// <summary>A contact as a record says he stands.</summary>
    internal static ContactRow RowOf(Card card, string value, long added)
    {
        string[] words = value.Split(' ');
        return new ContactRow
        {
            Card = card,
            State = Enum.GetValues<ContactState>().FirstOrDefault(state => StateWord(state) == words[0]),
            IsVerified = words.Contains(Verified),
            EnteredEndpoints = [.. words.Where(word => word.Contains("://"))],
            Added = added,
        };
    }

    private static string StateWord(ContactState state) => state switch
    {
        ContactState.Accepted => "accepted",
        ContactState.Blocked => "blocked",
        _ => "stranger",
    };
}

/// <summary><c>card IDENTITY</c>: the newest card known of a contact, or the owner's own, as text. Whatever the times say, an older card never takes a newer one's place.</summary>
internal sealed class CardRecords : IRecordKind
{
    public string Word => "card";

    /// <summary>The newer card wins, not the one that was learned later.</summary>
    public bool HasOwnOrder => true;

    public string? NameOf(byte[] name) => Did.From(name).ToString();

    public string Read(IMailTables tables, string name)
    {
        if (Did.TryParse(name, out Did did) && (tables.Contacts.Find(did)?.Card ?? OwnCard.Find(tables, did)) is { } card)
            return card.ToString();
        return tables.Records.Find($"card {name}")?.Value ?? "";
    }

    public void Apply(IMailTables tables, string name, string value, long now)
    {
        if (!Did.TryParse(name, out Did did) || !Card.TryParse(value, out Card? card, out _) || card.Identity != did)
            return;
        OwnCard.Adopt(tables, card);
        if (tables.Contacts.Find(did) is { } known)
        {
            if (card.IsNewerThan(known.Card))
                tables.Contacts.Put(known with { Card = card });
        }
        else if (tables.Records.Find($"contact {name}") is { Value.Length: > 0 } contact)
        {
            tables.Contacts.Put(ContactRecords.RowOf(card, contact.Value, now));
        }
    }

    internal static Card? CardOf(IMailTables tables, string name) =>
        tables.Records.Find($"card {name}") is { } record && Card.TryParse(record.Value, out Card? card, out _) && card.Identity.ToString() == name ? card : null;
}

/// <summary><c>binding ADDRESS</c>: whom an address means, by the person's own hand.</summary>
internal sealed class BindingRecords : IRecordKind
{
    public string Word => "binding";

    public string? NameOf(byte[] name) => System.Text.Encoding.UTF8.GetString(name);

    public string Read(IMailTables tables, string name) => tables.Contacts.BoundTo(name)?.ToString() ?? "";

    /// <summary>A binding goes with its contact; by itself it is only ever moved.</summary>
    public void Apply(IMailTables tables, string name, string value, long now)
    {
        if (Did.TryParse(value, out Did did) && tables.Contacts.BoundTo(name) != did)
            tables.Contacts.Bind(name, did);
    }
}

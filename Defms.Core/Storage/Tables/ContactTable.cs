using System.Diagnostics.CodeAnalysis;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

/// <summary>Contacts are listed in the order they were added.</summary>
internal sealed class ContactTable(TableScope scope) : IContactTable
{
    private const string Columns = "card, state, verified, added, identity";

    private const string FindSql = $"SELECT {Columns} FROM contacts WHERE identity = ?1";
    private const string ListSql = $"SELECT {Columns} FROM contacts ORDER BY added, identity";
    private const string PutSql = """
        INSERT INTO contacts(identity, card, state, verified, added) VALUES(?1, ?2, ?3, ?4, ?5)
        ON CONFLICT(identity) DO UPDATE SET card = excluded.card, state = excluded.state, verified = excluded.verified, added = excluded.added
        """;
    private const string MendSql = "UPDATE contacts SET card = ?2 WHERE identity = ?1";
    private const string RemoveSql = "DELETE FROM contacts WHERE identity = ?1";
    private const string EndpointsSql = "SELECT endpoint FROM entered_endpoints WHERE identity = ?1 ORDER BY place";
    private const string PutEndpointSql = "INSERT INTO entered_endpoints(identity, place, endpoint) VALUES(?1, ?2, ?3)";
    private const string RemoveEndpointsSql = "DELETE FROM entered_endpoints WHERE identity = ?1";
    private const string BoundToSql = "SELECT identity FROM bindings WHERE address = ?1";
    private const string BindSql = """
        INSERT INTO bindings(address, identity) VALUES(?1, ?2) ON CONFLICT(address) DO UPDATE SET identity = excluded.identity
        """;
    private const string BindingsSql = "SELECT address FROM bindings WHERE identity = ?1 ORDER BY address";
    private const string UnbindSql = "DELETE FROM bindings WHERE identity = ?1";

    public ContactRow? Find(Did identity) => scope.Db.First(Read, FindSql, identity.Value());

    public void Put(ContactRow row)
    {
        SqliteConnection db = scope.Db;
        SqliteValue identity = row.Identity.Value();
        db.Execute(PutSql, identity, row.Card.Encoded, (long)row.State, row.IsVerified, row.Added);
        db.Execute(RemoveEndpointsSql, identity);
        for (int place = 0; place < row.EnteredEndpoints.Count; place++) db.Execute(PutEndpointSql, identity, place, row.EnteredEndpoints[place]);
    }

    public bool Remove(Did identity)
    {
        scope.Db.Execute(UnbindSql, identity.Value());
        return scope.Db.Execute(RemoveSql, identity.Value()) > 0;
    }

    public IReadOnlyList<ContactRow> List() => [.. scope.Db.All(row => TryRead(row, out ContactRow? contact, out _) ? contact : null, ListSql).OfType<ContactRow>()];

    public IReadOnlyList<Did> Damaged() => [.. scope.Db.All(row => TryRead(row, out _, out _) ? default : row.Did(4), ListSql).Where(identity => !identity.IsDefault)];

    public void Mend(Card card) => scope.Db.Execute(MendSql, card.Identity.Value(), card.Encoded);

    public Did? BoundTo(string address)
    {
        using SqliteStatement query = scope.Db.Query(BoundToSql, address);
        return query.Step() ? query.Did(0) : null;
    }

    public void Bind(string address, Did identity) => scope.Db.Execute(BindSql, address, identity.Value());

    public IReadOnlyList<string> Bindings(Did identity) => scope.Db.All(row => row.String(0), BindingsSql, identity.Value());

    private ContactRow Read(SqliteStatement row) =>
        TryRead(row, out ContactRow? contact, out string? error) ? contact : throw new StoreException(Damaged(row.Did(4), error));

    private bool TryRead(SqliteStatement row, [NotNullWhen(true)] out ContactRow? contact, [NotNullWhen(false)] out string? error)
    {
        contact = !Card.TryDecode(row.Span(0), out Card? card, out error) ? null : new ContactRow
        {
            Card = card,
            State = (ContactState)row.Int(1),
            IsVerified = row.Bool(2),
            Added = row.Long(3),
            EnteredEndpoints = scope.Db.All(endpoint => endpoint.String(0), EndpointsSql, row.Did(4).Value()),
        };
        return contact is not null;
    }

    private string Damaged(Did identity, string error) =>
        $"The card of contact {identity} in {scope.Db.Path} is damaged: it {error}. Run 'defms verify --repair'.";
}

using Defms.Core.Identities;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Storage.Tables;

internal sealed class ServedTable(TableScope scope) : IServedTable
{
    private const string Columns = "identity, name, epoch, quota, days, keeps, added, contacted";

    private const string FindSql = $"SELECT {Columns} FROM served WHERE identity = ?1";
    private const string ListSql = $"SELECT {Columns} FROM served ORDER BY identity";
    private const string PutSql = """
        INSERT INTO served(identity, name, epoch, quota, days, keeps, added, contacted) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT(identity) DO UPDATE SET name = excluded.name, epoch = excluded.epoch, quota = excluded.quota, days = excluded.days,
          keeps = excluded.keeps, contacted = excluded.contacted
        """;
    private const string RemoveSql = "DELETE FROM served WHERE identity = ?1";

    public ServedRow? Find(Did identity) => scope.Db.First(Read, FindSql, identity.Value());

    public IReadOnlyList<ServedRow> List() => scope.Db.All(Read, ListSql);

    public void Put(ServedRow row) => scope.Db.Execute(
        PutSql, row.Identity.Value(), row.Name, row.Epoch, row.Terms.Quota, row.Terms.Days, row.Terms.Keeps, row.Added, row.Contacted);

    public void Remove(Did identity) => scope.Db.Execute(RemoveSql, identity.Value());

    private static ServedRow Read(SqliteStatement row) => new(
        row.Did(0),
        row.StringOrNull(1),
        row.Int(2),
        new HostingTerms(row.Long(3), row.Int(4), row.Bool(5)),
        row.Long(6),
        row.Long(7));
}

/// <summary>One that has expired counts as none and goes when somebody shows its token.</summary>
internal sealed class InvitationTable(TableScope scope) : IInvitationTable
{
    private const string AddSql = "INSERT INTO invitations(hash, name, quota, days, keeps, expires) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
    private const string FindSql = "SELECT name, quota, days, keeps FROM invitations WHERE hash = ?1 AND expires > ?2";
    private const string RemoveSql = "DELETE FROM invitations WHERE hash = ?1";
    private const string CountSql = "SELECT count(*) FROM invitations WHERE expires > ?1";

    public void Add(ReadOnlySpan<byte> hash, string? name, HostingTerms terms, long expires) =>
        scope.Db.Execute(AddSql, hash.ToArray(), name, terms.Quota, terms.Days, terms.Keeps, expires);

    public (string? Name, HostingTerms Terms)? Take(ReadOnlySpan<byte> hash, long now)
    {
        byte[] name = hash.ToArray();
        List<(string?, HostingTerms)> found = scope.Db.All(
            row => (row.StringOrNull(0), new HostingTerms(row.Long(1), row.Int(2), row.Bool(3))), FindSql, name, now);
        scope.Db.Execute(RemoveSql, name);
        return found.Count > 0 ? found[0] : null;
    }

    public int Count(long now) => (int)scope.Db.ScalarLong(CountSql, now).GetValueOrDefault();
}

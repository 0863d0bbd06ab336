using Defms.Core.Identities;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Storage.Tables;

internal sealed class HostTable(TableScope scope) : IHostTable
{
    private const string Columns = "identity, url, name, quota, days, used, items, added, contacted, error";

    private const string FindSql = $"SELECT {Columns} FROM hosts WHERE identity = ?1";
    private const string ListSql = $"SELECT {Columns} FROM hosts ORDER BY identity";
    private const string PutSql = """
        INSERT INTO hosts(identity, url, name, quota, days, used, items, added, contacted, error) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT(identity) DO UPDATE SET url = excluded.url, name = excluded.name, quota = excluded.quota, days = excluded.days,
          used = excluded.used, items = excluded.items, contacted = excluded.contacted, error = excluded.error
        """;
    private const string NoteGoodSql = "UPDATE hosts SET contacted = ?2, error = NULL WHERE identity = ?1";
    private const string NoteErrorSql = "UPDATE hosts SET error = ?2 WHERE identity = ?1";
    private const string RemoveSql = "DELETE FROM hosts WHERE identity = ?1";

    public HostRow? Find(Did identity) => scope.Db.First(Read, FindSql, identity.Value());

    public IReadOnlyList<HostRow> List() => scope.Db.All(Read, ListSql);

    public void Put(HostRow row) => scope.Db.Execute(
        PutSql, row.Identity.Value(), row.Url.AbsoluteUri, row.Name, row.Quota, row.Days, row.Used, row.Items, row.Added, row.Contacted, row.Error);

    public void Note(Did identity, long now, string? error)
    {
        if (error is null) scope.Db.Execute(NoteGoodSql, identity.Value(), now);
        else scope.Db.Execute(NoteErrorSql, identity.Value(), error);
    }

    public void Remove(Did identity) => scope.Db.Execute(RemoveSql, identity.Value());

    private static HostRow Read(SqliteStatement row) => new(
        row.Did(0),
        new Uri(row.String(1)),
        row.String(2),
        row.Long(3),
        row.Int(4),
        row.Long(5),
        row.Int(6),
        row.Long(7),
        row.Long(8),
        row.StringOrNull(9));
}

/// <summary>Goes with the announcement.</summary>
internal sealed class HolderTable(TableScope scope) : IHolderTable
{
    private const string PutSql = """
        INSERT INTO holders(row, identity, again) VALUES(?1, ?2, ?3) ON CONFLICT(row, identity) DO UPDATE SET again = excluded.again
        """;
    private const string OfSql = "SELECT identity FROM holders WHERE row = ?1";
    private const string DueSql = "SELECT row FROM holders WHERE again <= ?1 ORDER BY again LIMIT ?2";

    public void Put(long row, Did holder, long again) => scope.Db.Execute(PutSql, row, holder.Value(), again);

    public IReadOnlyList<Did> Of(long row) => scope.Db.All(holder => holder.Did(0), OfSql, row);

    public IReadOnlyList<long> Due(long now, int limit) => [.. scope.Db.All(row => row.Long(0), DueSql, now, limit).Distinct()];
}

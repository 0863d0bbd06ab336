using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

internal sealed class OwnMachineTable(TableScope scope) : IOwnMachineTable
{
    private const string FindSql = "SELECT url, epoch, row, told, tag FROM own_machines WHERE url = ?1";
    private const string PutSql = """
        INSERT INTO own_machines(url, epoch, row, told, tag) VALUES(?1, ?2, ?3, ?4, ?5)
        ON CONFLICT(url) DO UPDATE SET epoch = excluded.epoch, row = excluded.row, told = excluded.told, tag = excluded.tag
        """;
    private const string ListSql = "SELECT url, epoch, row, told, tag FROM own_machines ORDER BY url";

    public OwnMachineRow? Find(string url) => scope.Db.First(Read, FindSql, url);

    public void Put(OwnMachineRow row) => scope.Db.Execute(PutSql, row.Url, row.Read.Epoch, row.Read.Row, row.Told, row.Tag);

    public IReadOnlyList<OwnMachineRow> List() => scope.Db.All(Read, ListSql);

    private static OwnMachineRow Read(SqliteStatement row) => new(row.String(0), new SyncCursor(row.Bytes(1), row.Long(2)), row.Long(3), row.Bytes(4));
}

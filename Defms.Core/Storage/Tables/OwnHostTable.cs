using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

internal sealed class OwnHostTable(TableScope scope) : IOwnHostTable
{
    private const string FindSql = "SELECT host, epoch, told, noted, thread, kept FROM own_hosts WHERE host = ?1";
    private const string PutSql = """
        INSERT INTO own_hosts(host, epoch, told, noted, thread, kept) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT(host) DO UPDATE SET epoch = excluded.epoch, told = excluded.told, noted = excluded.noted, thread = excluded.thread, kept = excluded.kept
        """;
    private const string RemoveSql = "DELETE FROM own_hosts WHERE host = ?1";

    public OwnHostRow? Find(Did host) => scope.Db.First(Read, FindSql, host.Value());

    public void Put(OwnHostRow row)
    {
        byte[] kept = [.. row.Kept.SelectMany(id => id)];
        scope.Db.Execute(PutSql, row.Host.Value(), row.Epoch, row.Told, row.Noted, row.Thread?.Value() ?? default, kept);
    }

    public void Remove(Did host) => scope.Db.Execute(RemoveSql, host.Value());

    private static OwnHostRow Read(SqliteStatement row) => new(
        row.Did(0), row.Int(1), row.Long(2), row.Long(3), row.IsNull(4) ? null : row.Cid(4), [.. row.Bytes(5).Chunk(Announcement.IdLength)]);
}

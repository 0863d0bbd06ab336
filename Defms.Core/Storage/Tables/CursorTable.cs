using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

internal sealed class CursorTable(TableScope scope) : ICursorTable
{
    private const string FindSql = "SELECT epoch, row FROM cursors WHERE peer = ?1";
    private const string PutSql = """
        INSERT INTO cursors(peer, epoch, row) VALUES(?1, ?2, ?3) ON CONFLICT(peer) DO UPDATE SET epoch = excluded.epoch, row = excluded.row
        """;
    private const string RemoveSql = "DELETE FROM cursors WHERE peer = ?1";

    public SyncCursor? Find(Did peer) => scope.Db.First(row => new SyncCursor(row.Bytes(0), row.Long(1)), FindSql, peer.Value());

    public void Put(Did peer, SyncCursor cursor) => scope.Db.Execute(PutSql, peer.Value(), cursor.Epoch, cursor.Row);

    public void Remove(Did peer) => scope.Db.Execute(RemoveSql, peer.Value());
}

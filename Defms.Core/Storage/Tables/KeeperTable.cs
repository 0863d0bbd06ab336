using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

internal sealed class KeeperTable(TableScope scope) : IKeeperTable
{
    private const string PutSql = """
        INSERT INTO keepers(thread, identity, root, time) VALUES(?1, ?2, ?3, ?4)
        ON CONFLICT(thread, identity) DO UPDATE SET root = excluded.root, time = excluded.time
        """;
    private const string OfSql = "SELECT identity, root, time FROM keepers WHERE thread = ?1 ORDER BY identity";

    public void Put(long thread, KeeperRow row) => scope.Db.Execute(PutSql, thread, row.Identity.Value(), row.Root.Value(), row.Time);

    public IReadOnlyList<KeeperRow> Of(long thread) =>
        scope.Db.All(row => new KeeperRow(row.Did(0), row.CidOrNull(1), row.Long(2)), OfSql, thread);
}

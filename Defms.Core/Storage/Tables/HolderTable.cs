using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

internal sealed class HolderTable(TableScope scope) : IHolderTable
{
    private const string PutSql = """
        INSERT INTO holders(thread, identity, root, time) VALUES(?1, ?2, ?3, ?4)
        ON CONFLICT(thread, identity) DO UPDATE SET root = excluded.root, time = excluded.time
        """;
    private const string OfSql = "SELECT identity, root, time FROM holders WHERE thread = ?1 ORDER BY identity";

    public void Put(long thread, HolderRow row) => scope.Db.Execute(PutSql, thread, row.Identity.Value(), row.Root.Value(), row.Time);

    public IReadOnlyList<HolderRow> Of(long thread) =>
        scope.Db.All(row => new HolderRow(row.Did(0), row.CidOrNull(1), row.Long(2)), OfSql, thread);
}

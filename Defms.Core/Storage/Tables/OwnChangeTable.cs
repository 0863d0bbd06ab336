using Defms.Core.Blocks;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

/// <summary>Rows are added by a trigger of the messages.</summary>
internal sealed class OwnChangeTable(TableScope scope) : IOwnChangeTable
{
    private const string AfterSql = """
        SELECT c.row, m.thread, m.id, m.size FROM own_changes c CROSS JOIN messages m ON m.id = c.message
        WHERE c.row > ?1 AND c.source IS NOT ?2 ORDER BY c.row LIMIT ?3
        """;
    private const string FirstHandSql = """
        SELECT c.row, m.thread, m.id, m.size FROM own_changes c CROSS JOIN messages m ON m.id = c.message
        WHERE c.row > ?1 AND c.source IS NULL ORDER BY c.row LIMIT ?2
        """;
    private const string HasFirstHandSql = """
        SELECT 1 FROM messages m CROSS JOIN own_changes c ON c.message = m.id WHERE m.thread = ?1 AND c.row > ?2 AND c.source IS NULL LIMIT 1
        """;
    private const string InThreadSql = """
        SELECT c.row, m.thread, m.id, m.size FROM messages m CROSS JOIN own_changes c ON c.message = m.id WHERE m.thread = ?1 AND c.row > ?2
        """;
    private const string LastSql = "SELECT max(row) FROM own_changes";
    private const string SetSourceSql = "UPDATE own_changes SET source = ?2 WHERE message = (SELECT id FROM messages WHERE cid = ?1)";

    public IReadOnlyList<OwnChange> After(long row, ReadOnlySpan<byte> exceptFrom, int limit)
    {
        using SqliteStatement query = scope.Db.Prepare(AfterSql).Bind(1, row).Bind(2, exceptFrom).Bind(3, limit);
        return query.All(Read);
    }

    public IReadOnlyList<OwnChange> FirstHand(long row, int limit) => scope.Db.All(Read, FirstHandSql, row, limit);

    public bool HasFirstHand(long thread, long row) => scope.Db.ScalarLong(HasFirstHandSql, thread, row) is not null;

    public IReadOnlyList<OwnChange> InThread(long thread, long row) => [.. scope.Db.All(Read, InThreadSql, thread, row).OrderBy(change => change.Row)];

    public long Last() => scope.Db.ScalarLong(LastSql) ?? 0;

    public void SetSource(IEnumerable<Cid> messages, ReadOnlySpan<byte> machine)
    {
        using SqliteStatement update = scope.Db.Prepare(SetSourceSql).Bind(2, machine);
        foreach (Cid message in messages) update.Bind(1, message).Execute();
    }

    private static OwnChange Read(SqliteStatement change) => new(change.Long(0), change.Long(1), change.Long(2), change.Long(3));
}

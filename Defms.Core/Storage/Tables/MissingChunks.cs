using Defms.Core.Blocks;

namespace Defms.Core.Storage.Tables;

/// <summary>The chunks that messages still need: a part of <see cref="MessageTable"/>.</summary>
internal sealed class MissingChunks(TableScope scope)
{
    private const string AddSql = """
        INSERT INTO missing_chunks(chunk, thread, message) VALUES(?1, (SELECT thread FROM messages WHERE id = ?2), ?2)
        ON CONFLICT(chunk, thread, message) DO NOTHING
        """;
    private const string OfSql = """
        SELECT DISTINCT c.chunk FROM missing_chunks c CROSS JOIN messages m ON m.id = c.message WHERE c.thread = ?1 AND m.size <= ?2 ORDER BY c.chunk
        """;

    // The condition, which all meet, leads SQLite along the primary key, whose order this is: else it sorts a walk along another index.
    private const string AllSql = """
        SELECT DISTINCT c.chunk, c.thread FROM missing_chunks c CROSS JOIN messages m ON m.id = c.message
        WHERE c.chunk > x'' AND m.size <= ?2 ORDER BY c.chunk, c.thread LIMIT ?1
        """;
    private const string WaitersSql = "SELECT message FROM missing_chunks WHERE chunk = ?1";
    private const string RemoveSql = "DELETE FROM missing_chunks WHERE chunk = ?1";
    private const string StillWaitsSql = "SELECT 1 FROM missing_chunks WHERE message = ?1 LIMIT 1";

    internal void Add(long message, IEnumerable<Cid> chunks)
    {
        using SqliteStatement insert = scope.Db.Prepare(AddSql).Bind(2, message);
        foreach (Cid chunk in chunks) insert.Bind(1, chunk).Execute();
    }

    internal List<Cid> Of(long thread, long largest) => scope.Db.All(row => row.Cid(0), OfSql, thread, largest);

    internal List<(Cid Chunk, long Thread)> All(int limit, long largest) => scope.Db.All(row => (row.Cid(0), row.Long(1)), AllSql, limit, largest);

    internal bool Has(Cid chunk)
    {
        using SqliteStatement query = scope.Db.Prepare(WaitersSql).Bind(1, chunk);
        return query.Step();
    }

    internal List<long> Arrived(IEnumerable<Cid> chunks)
    {
        SqliteConnection db = scope.Db;
        SortedSet<long> waiters = [];
        using (SqliteStatement find = db.Prepare(WaitersSql))
        using (SqliteStatement remove = db.Prepare(RemoveSql))
        {
            foreach (Cid chunk in chunks)
            {
                waiters.UnionWith(find.Reset().Bind(1, chunk).All(row => row.Long(0)));
                remove.Bind(1, chunk).Execute();
            }
        }

        return [.. waiters.Where(message => db.ScalarLong(StillWaitsSql, message) is null)];
    }
}

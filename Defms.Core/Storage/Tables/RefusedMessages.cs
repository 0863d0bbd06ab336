using Defms.Core.Blocks;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// The names that turned out not to belong to their thread: a part of <see cref="MessageTable"/>. One that is refused in several is noted for the
/// first alone, and asked for again in the others.
/// </summary>
internal sealed class RefusedMessages(TableScope scope)
{
    /// <summary>Beyond this a thread's refusals are not noted any more: a party who makes ever new ones gains nothing but to be asked again.</summary>
    private const int MaxPerThread = 10_000;

    private const string AddSql = "INSERT INTO refused(cid, thread) VALUES(?1, ?2) ON CONFLICT(cid) DO NOTHING";
    private const string CountSql = "SELECT count(*) FROM refused WHERE thread = ?1";
    private const string HasSql = "SELECT 1 FROM refused WHERE cid = ?1 AND thread = ?2";

    internal void Add(long thread, IEnumerable<Cid> messages)
    {
        long room = MaxPerThread - scope.Db.ScalarLong(CountSql, thread).GetValueOrDefault();
        using SqliteStatement insert = scope.Db.Prepare(AddSql).Bind(2, thread);
        foreach (Cid message in messages.Take((int)Math.Max(0, room))) insert.Bind(1, message).Execute();
    }

    internal bool Has(long thread, Cid message)
    {
        using SqliteStatement query = scope.Db.Prepare(HasSql).Bind(1, message).Bind(2, thread);
        return query.Step();
    }
}

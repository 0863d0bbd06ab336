using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

internal sealed class ThreadTable(TableScope scope) : IThreadTable
{
    /// <summary>Rows read at once, so that none of the file is held between two of a stream.</summary>
    private const int PageSize = 256;

    private const string Columns = "t.id, t.cid, t.key, t.root, t.count, t.creator, t.branch_of, t.conversation, t.filed";

    private const string FindNameSql = $"SELECT {Columns} FROM threads t WHERE t.cid = ?1";
    private const string FindRowSql = $"SELECT {Columns} FROM threads t WHERE t.id = ?1";
    private const string AddSql = """
        INSERT INTO threads(cid, key, root, count, creator, branch_of, conversation, filed) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """;
    private const string AddPartySql = "INSERT INTO parties(thread, identity) VALUES(?1, ?2)";
    private const string DescribeSql = "UPDATE threads SET creator = ?2, branch_of = ?3, filed = ?4 WHERE id = ?1";
    private const string RemovePartiesSql = "DELETE FROM parties WHERE thread = ?1";
    private const string SetRootSql = "UPDATE threads SET root = ?2, count = ?3 WHERE id = ?1";
    private const string MendSql = "UPDATE threads SET cid = ?2, key = ?3 WHERE id = ?1";
    private const string RemoveSql = "DELETE FROM threads WHERE id = ?1";
    private const string ForgetSql = "INSERT INTO forgotten(thread, time) VALUES(?1, ?2) ON CONFLICT(thread) DO NOTHING";
    private const string IsForgottenSql = "SELECT 1 FROM forgotten WHERE thread = ?1";
    private const string RecallSql = "DELETE FROM forgotten WHERE thread = ?1";
    private const string ForgottenBetweenSql = "SELECT thread FROM forgotten WHERE thread BETWEEN ?1 AND ?2 ORDER BY thread LIMIT ?3";
    private const string SetConversationSql = "UPDATE threads SET conversation = ?2 WHERE id = ?1";
    private const string PartiesSql = "SELECT identity FROM parties WHERE thread = ?1 ORDER BY identity";
    private const string HasPartySql = "SELECT 1 FROM parties WHERE thread = ?1 AND identity = ?2";
    private const string InConversationSql = $"SELECT {Columns} FROM threads t WHERE t.conversation = ?1 ORDER BY t.id";
    private const string WithPartySql = $"""
        SELECT {Columns} FROM parties p CROSS JOIN threads t ON t.id = p.thread WHERE p.identity = ?1 ORDER BY p.thread
        """;
    private const string BranchesSql = $"SELECT {Columns} FROM threads t WHERE t.branch_of = ?1 ORDER BY t.id";
    private const string BetweenSql = "SELECT cid FROM threads WHERE cid BETWEEN ?1 AND ?2 ORDER BY cid LIMIT ?3";
    private const string PageSql = $"SELECT {Columns} FROM threads t WHERE t.id > ?1 ORDER BY t.id LIMIT ?2";

    public ThreadRow? Find(Cid thread) => scope.Db.First(Read, FindNameSql, thread.Value());

    public ThreadRow? Find(long id) => scope.Db.First(Read, FindRowSql, id);

    public long Add(ThreadRow row, IEnumerable<Did> parties)
    {
        SqliteConnection db = scope.Db;
        db.Execute(
            AddSql, row.Thread.Value(), row.Key, row.Root.Value(), row.Count, row.Creator.Value(), row.BranchOf.Value(), row.Conversation,
            row.IsFiled ? 1 : 0);
        long id = db.LastInsertRowId;
        AddParties(id, parties);
        return id;
    }

    public void Describe(ThreadRow row, IEnumerable<Did> parties)
    {
        scope.Db.Execute(DescribeSql, row.Id, row.Creator.Value(), row.BranchOf.Value(), row.IsFiled ? 1 : 0);
        scope.Db.Execute(RemovePartiesSql, row.Id);
        AddParties(row.Id, parties);
    }

    public void Mend(long id, Cid thread, byte[] key) => scope.Db.Execute(MendSql, id, thread.Value(), key);

    public void Remove(long id) => scope.Db.Execute(RemoveSql, id);

    public void SetRoot(long id, Cid root, int count) => scope.Db.Execute(SetRootSql, id, root.Value(), count);

    public void SetConversation(long id, long conversation) => scope.Db.Execute(SetConversationSql, id, conversation);

    public IReadOnlyList<Did> Parties(long id) => scope.Db.All(row => row.Did(0), PartiesSql, id);

    public bool HasParty(long id, Did party) => scope.Db.ScalarLong(HasPartySql, id, party.Value()) is not null;

    public IReadOnlyList<ThreadRow> InConversation(long conversation) => scope.Db.All(Read, InConversationSql, conversation);

    public IReadOnlyList<ThreadRow> WithParty(Did party) => scope.Db.All(Read, WithPartySql, party.Value());

    public IReadOnlyList<ThreadRow> BranchesOf(Cid parent) => scope.Db.All(Read, BranchesSql, parent.Value());

    public IReadOnlyList<Cid> Between(Cid low, Cid high, int limit) =>
        scope.Db.All(row => row.Cid(0), BetweenSql, low.Value(), high.Value(), limit);

    public void Forget(ThreadRow row, long now)
    {
        scope.Db.Execute(RemoveSql, row.Id);
        scope.Db.Execute(ForgetSql, row.Thread.Value(), now);
    }

    public bool IsForgotten(Cid thread) => scope.Db.ScalarLong(IsForgottenSql, thread.Value()) is not null;

    public bool Recall(Cid thread) => scope.Db.Execute(RecallSql, thread.Value()) > 0;

    public IReadOnlyList<Cid> ForgottenBetween(Cid low, Cid high, int limit) =>
        scope.Db.All(row => row.Cid(0), ForgottenBetweenSql, low.Value(), high.Value(), limit);

    public IEnumerable<ThreadRow> All()
    {
        List<ThreadRow> page = Page(0);
        while (page.Count > 0)
        {
            foreach (ThreadRow row in page) yield return row;
            page = Page(page[^1].Id);
        }
    }

    private void AddParties(long id, IEnumerable<Did> parties)
    {
        using SqliteStatement add = scope.Db.Prepare(AddPartySql).Bind(1, id);
        foreach (Did party in parties) add.Bind(2, party).Execute();
    }

    private List<ThreadRow> Page(long after) => scope.Db.All(Read, PageSql, after, PageSize);

    private static ThreadRow Read(SqliteStatement row) => new(
        row.Long(0), row.Cid(1), row.Bytes(2), row.Cid(3), row.Int(4), row.Did(5), row.CidOrNull(6), row.Long(7))
    {
        IsFiled = row.Bool(8),
    };
}

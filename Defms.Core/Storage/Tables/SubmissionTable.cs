using Defms.Core.Blocks;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

internal sealed class SubmissionTable(TableScope scope) : ISubmissionTable
{
    private const string Columns = "cid, sender, announcement, taken, next_attempt, progress, tag, memory";

    private const string AddSql =
        "INSERT INTO submissions(cid, sender, announcement, taken, next_attempt, progress, tag, memory) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    private const string FindSql = $"SELECT {Columns} FROM submissions WHERE cid = ?1";
    private const string TaggedSql = $"SELECT {Columns} FROM submissions WHERE tag = ?1";
    private const string RememberSql = "UPDATE submissions SET memory = ?2 WHERE cid = ?1";
    private const string DueSql = $"SELECT {Columns} FROM submissions WHERE next_attempt <= ?1 ORDER BY next_attempt LIMIT ?2";
    private const string NextDueSql = "SELECT min(next_attempt) FROM submissions WHERE next_attempt IS NOT NULL";
    private const string PostponeSql = "UPDATE submissions SET next_attempt = ?2, progress = ?3 WHERE cid = ?1 AND next_attempt IS NOT NULL";
    private const string FinishSql = "UPDATE submissions SET announcement = NULL, next_attempt = NULL, progress = x'' WHERE cid = ?1";
    private const string WaitingSql = "SELECT cid FROM submissions WHERE next_attempt > -1";
    private const string ForgetSql = "DELETE FROM submissions WHERE next_attempt IS NULL AND taken < ?1";

    public void Add(SubmissionRow row)
    {
        using SqliteStatement add = scope.Db.Prepare(AddSql).Bind(1, row.Cid).Bind(2, row.Sender).Bind(4, row.Taken).Bind(6, row.Progress);
        _ = row.Announcement is { } announcement ? add.Bind(3, announcement) : add.BindNull(3);
        _ = row.NextAttempt is { } next ? add.Bind(5, next) : add.BindNull(5);
        _ = row.Tag is { } tag ? add.Bind(7, tag) : add.BindNull(7);
        _ = row.Memory is { } memory ? add.Bind(8, memory) : add.BindNull(8);
        add.Execute();
    }

    public SubmissionRow? Find(Cid submission) => scope.Db.First(Read, FindSql, submission.Value());

    public IReadOnlyList<SubmissionRow> Tagged(ReadOnlySpan<byte> tag)
    {
        using SqliteStatement select = scope.Db.Prepare(TaggedSql).Bind(1, tag);
        return select.All(Read);
    }

    public void Remember(Cid submission, ReadOnlySpan<byte> memory)
    {
        using SqliteStatement update = scope.Db.Prepare(RememberSql).Bind(1, submission).Bind(2, memory);
        update.Execute();
    }

    public IReadOnlyList<SubmissionRow> Due(long now, int limit) => scope.Db.All(Read, DueSql, now, limit);

    public long? NextDue() => scope.Db.ScalarLong(NextDueSql);

    public void Postpone(Cid submission, long nextAttempt, ReadOnlySpan<byte> progress)
    {
        using SqliteStatement update = scope.Db.Prepare(PostponeSql).Bind(1, submission).Bind(2, nextAttempt).Bind(3, progress);
        update.Execute();
    }

    public void Finish(Cid submission) => scope.Db.Execute(FinishSql, submission.Value());

    public IReadOnlyList<Cid> Waiting() => scope.Db.All(row => row.Cid(0), WaitingSql);

    public int Forget(long before) => (int)scope.Db.Execute(ForgetSql, before);

    private static SubmissionRow Read(SqliteStatement row) => new(
        row.Cid(0), row.Did(1), row.IsNull(2) ? null : row.Bytes(2), row.Long(3), row.LongOrNull(4), row.Bytes(5))
    {
        Tag = row.IsNull(6) ? null : row.Bytes(6),
        Memory = row.IsNull(7) ? null : row.Bytes(7),
    };
}

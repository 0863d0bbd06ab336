using System.Text;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Storage.Tables;

/// <summary>Changes are added by triggers of the tables they speak of.</summary>
internal sealed class RecordTable(TableScope scope) : IRecordTable
{
    private const string FindSql = "SELECT key, time, value FROM records WHERE key = ?1";
    private const string OfKindSql = "SELECT key, time, value FROM records WHERE key > ?1 AND key < ?2 ORDER BY key";
    private const string PutSql = """
        INSERT INTO records(key, time, value, told) VALUES(?1, ?2, ?3, ?4)
        ON CONFLICT(key) DO UPDATE SET time = excluded.time, value = excluded.value, told = excluded.told
        """;
    private const string UntoldSql = "SELECT key, time, value FROM records INDEXED BY records_untold WHERE told = 0 ORDER BY key LIMIT ?1";
    private const string SetToldSql = "UPDATE records SET told = 1 WHERE key = ?1";
    private const string ForgetToldSql = "UPDATE records SET told = 0";
    private const string LatestTimeSql = "SELECT max(time) FROM records";
    private const string SizeSql = "SELECT sum(length(key) + length(value)) FROM records";
    private const string ClearSql = "DELETE FROM records";
    private const string ClearAheadSql = "DELETE FROM records_ahead";
    private const string PutAheadSql = "INSERT INTO records_ahead(key, time, value) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING";
    private const string AheadSql = "SELECT key, time, value FROM records_ahead WHERE time <= ?1 ORDER BY time";
    private const string RemoveAheadSql = "DELETE FROM records_ahead WHERE time <= ?1";
    private const string StampSql = "UPDATE record_changes SET time = ?1 WHERE time = 0";
    private const string ChangesSql = "SELECT kind, CAST(name AS BLOB), time FROM record_changes WHERE time > 0 ORDER BY time LIMIT ?1";
    private const string RemoveChangeSql = "DELETE FROM record_changes WHERE kind = ?1 AND name = ?2";
    private const string HasUnstampedSql = "SELECT 1 FROM record_changes WHERE time = 0 LIMIT 1";
    private const string HasChangesSql = "SELECT 1 FROM record_changes WHERE time >= 0 LIMIT 1";
    private const string HasUntoldSql = "SELECT 1 FROM records WHERE told = 0 LIMIT 1";
    private const string HasAheadSql = "SELECT 1 FROM records_ahead WHERE time <= ?1 LIMIT 1";
    private const string PrivateThreadsSql = "SELECT p.thread, p.created, p.epoch FROM private_threads p CROSS JOIN threads t ON t.id = p.thread ORDER BY p.created DESC, t.cid DESC";
    private const string RemovePrivateThreadSql = "DELETE FROM private_threads WHERE thread = ?1";
    private const string AddPrivateThreadSql = "INSERT INTO private_threads(thread, created, epoch) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING";

    public Record? Find(string key) => scope.Db.First(Read, FindSql, key);

    public IReadOnlyList<Record> OfKind(string word) => scope.Db.All(Read, OfKindSql, word + " ", word + "!");

    public void Put(Record record, bool told) => scope.Db.Execute(PutSql, record.Key, record.Time, record.Value, told);

    public IReadOnlyList<Record> Untold(int limit) => scope.Db.All(Read, UntoldSql, limit);

    public void SetTold(string key) => scope.Db.Execute(SetToldSql, key);

    public void ForgetTold() => scope.Db.Execute(ForgetToldSql);

    public long LatestTime() => scope.Db.ScalarLong(LatestTimeSql) ?? 0;

    public long Size() => scope.Db.ScalarLong(SizeSql) ?? 0;

    public void Clear()
    {
        scope.Db.Execute(ClearSql);
        scope.Db.Execute(ClearAheadSql);
    }

    public void PutAhead(Record record) => scope.Db.Execute(PutAheadSql, record.Key, record.Time, record.Value);

    public IReadOnlyList<Record> TakeAhead(long horizon)
    {
        List<Record> due = scope.Db.All(Read, AheadSql, horizon);
        scope.Db.Execute(RemoveAheadSql, horizon);
        return due;
    }

    public void StampChanges(long now) => scope.Db.Execute(StampSql, now);

    public bool HasUnstamped() => scope.Db.ScalarLong(HasUnstampedSql) is not null;

    public IReadOnlyList<RecordChange> Changes(int limit) =>
        scope.Db.All(row => new RecordChange(row.String(0), row.Bytes(1), row.Long(2)), ChangesSql, limit);

    public void RemoveChange(RecordChange change)
    {
        SqliteValue name = change.Kind is "binding" or "label" ? Encoding.UTF8.GetString(change.Name) : change.Name;
        scope.Db.Execute(RemoveChangeSql, change.Kind, name);
    }

    public bool HasNews(long horizon) =>
        scope.Db.ScalarLong(HasChangesSql) is not null || scope.Db.ScalarLong(HasUntoldSql) is not null
        || scope.Db.ScalarLong(HasAheadSql, horizon) is not null;

    public IReadOnlyList<PrivateThreadRow> PrivateThreads() =>
        scope.Db.All(row => new PrivateThreadRow(row.Long(0), row.Long(1), row.Int(2)), PrivateThreadsSql);

    public void RemovePrivateThread(long thread) => scope.Db.Execute(RemovePrivateThreadSql, thread);

    public void AddPrivateThread(PrivateThreadRow row) => scope.Db.Execute(AddPrivateThreadSql, row.Thread, row.Created, row.Epoch);

    private static Record Read(SqliteStatement row) => new(row.String(0), row.Long(1), row.String(2));
}

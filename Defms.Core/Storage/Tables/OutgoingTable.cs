using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

/// <summary>A row counts as untouched until it is postponed with an attempt.</summary>
internal sealed class OutgoingTable(TableScope scope) : IOutgoingTable
{
    private const string Columns = "row, kind, id, recipient, thread, bytes, attempts, next_attempt, error";

    private const string AddSql = """
        INSERT INTO outgoing(kind, id, recipient, thread, bytes, attempts, next_attempt, error) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """;
    private const string AddMessageSql = "INSERT INTO outgoing_messages(row, place, message) VALUES(?1, ?2, ?3)";
    private const string FindSql = $"SELECT {Columns} FROM outgoing WHERE id = ?1 AND kind = ?2 ORDER BY row LIMIT 1";
    private const string MessagesSql = "SELECT message FROM outgoing_messages WHERE row = ?1 ORDER BY place";
    private const string DueSql = $"SELECT {Columns} FROM outgoing WHERE next_attempt <= ?1 ORDER BY next_attempt, row LIMIT ?2";
    private const string NextDueSql = "SELECT min(next_attempt) FROM outgoing";
    private const string ForSql = $"SELECT {Columns} FROM outgoing WHERE recipient = ?1 AND row > ?2 ORDER BY row LIMIT ?3";
    private const string UntouchedSql = $"SELECT {Columns} FROM outgoing WHERE recipient = ?1 AND thread = ?2 AND attempts = 0 ORDER BY row";
    private const string PostponeSql = "UPDATE outgoing SET attempts = ?2, next_attempt = ?3, error = ?4 WHERE row = ?1";
    private const string HurrySql = "UPDATE outgoing SET next_attempt = ?2 WHERE recipient = ?1 AND next_attempt > ?2";
    private const string RemoveSql = "DELETE FROM outgoing WHERE row = ?1";
    private const string RemoveOfSql = "DELETE FROM outgoing WHERE row IN (SELECT row FROM outgoing_messages WHERE message = ?1)";
    private const string CountSql = "SELECT count(*) FROM outgoing";

    public long Add(OutgoingRow row, IEnumerable<long> messages)
    {
        SqliteConnection db = scope.Db;
        db.Execute(
            AddSql, (long)row.Kind, row.Id, row.Recipient.Value(), row.Thread.Value(), row.Bytes, row.Attempts, row.NextAttempt, row.Error);
        long place = db.LastInsertRowId;
        int count = 0;
        using SqliteStatement addMessage = db.Prepare(AddMessageSql).Bind(1, place);
        foreach (long message in messages) addMessage.Bind(2, count++).Bind(3, message).Execute();
        return place;
    }

    public OutgoingRow? Find(ReadOnlySpan<byte> id, OutgoingKind kind)
    {
        using SqliteStatement query = scope.Db.Prepare(FindSql).Bind(1, id).Bind(2, (long)kind);
        return query.First(Read);
    }

    public IReadOnlyList<long> Messages(long row) => scope.Db.All(message => message.Long(0), MessagesSql, row);

    public IReadOnlyList<OutgoingRow> Due(long now, int limit) => scope.Db.All(Read, DueSql, now, limit);

    public long? NextDue() => scope.Db.ScalarLong(NextDueSql);

    public IReadOnlyList<OutgoingRow> For(Did recipient, long row, int limit) => scope.Db.All(Read, ForSql, recipient.Value(), row, limit);

    public IReadOnlyList<OutgoingRow> Untouched(Did recipient, Cid thread) =>
        scope.Db.All(Read, UntouchedSql, recipient.Value(), thread.Value());

    public void Postpone(long row, int attempts, long nextAttempt, string? error) =>
        scope.Db.Execute(PostponeSql, row, attempts, nextAttempt, error);

    public void Hurry(Did recipient, long now) => scope.Db.Execute(HurrySql, recipient.Value(), now);

    public void Remove(long row) => scope.Db.Execute(RemoveSql, row);

    public void RemoveOf(long message) => scope.Db.Execute(RemoveOfSql, message);

    public int Count() => (int)scope.Db.ScalarLong(CountSql).GetValueOrDefault();

    private static OutgoingRow Read(SqliteStatement row) => new(
        row.Long(0),
        (OutgoingKind)row.Int(1),
        row.Bytes(2),
        row.Did(3),
        row.CidOrNull(4),
        row.Bytes(5),
        row.Int(6),
        row.Long(7),
        row.StringOrNull(8));
}

using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// A change by (message, identity) is one of all deliveries of that message to that identity: several addresses may mean one person. In the
/// SQL, states are the numbers of <see cref="DeliveryState"/>: 0 queued, 2 stored, 5 failed.
/// </summary>
internal sealed class DeliveryTable(TableScope scope) : IDeliveryTable
{
    private const string Columns = "message, address, identity, bcc, state, detail, updated";

    private const string AddSql = """
        INSERT INTO deliveries(message, address, identity, bcc, state, detail, updated) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """;
    private const string OfSql = $"SELECT {Columns} FROM deliveries WHERE message = ?1 ORDER BY id";

    // Left to itself SQLite goes through all that are queued, of which most are announced.
    private const string UnannouncedSql = $"""
        SELECT {Columns} FROM deliveries INDEXED BY deliveries_unannounced WHERE state = 0 AND announced = 0 ORDER BY updated, id LIMIT ?1
        """;
    private const string SetAnnouncedSql = "UPDATE deliveries SET announced = 1 WHERE message = ?1 AND identity = ?2";
    private const string RequeueSql = """
        UPDATE deliveries SET state = 0, detail = '', announced = 0, updated = ?3 WHERE message = ?1 AND identity = ?2 AND state = 5
        """;
    private const string SetStateSql = """
        UPDATE deliveries SET state = ?3, detail = ?4, updated = ?5 WHERE message = ?1 AND identity = ?2 AND state <> 2
        """;
    private const string TakeSql = """
        UPDATE deliveries SET state = ?4, detail = ?5, updated = ?6 WHERE message = ?1 AND identity = ?2 AND address = ?3
        """;
    private const string SetDetailSql = "UPDATE deliveries SET detail = ?3 WHERE message = ?1 AND identity = ?2 AND state = 0";
    private const string InSql = $"SELECT {Columns} FROM deliveries WHERE state = ?1 AND updated < ?2 ORDER BY updated, id LIMIT ?3";
    private const string CountsSql = "SELECT state, count(*) FROM deliveries GROUP BY state";

    public void Add(DeliveryRow row) => scope.Db.Execute(
        AddSql, row.Message, row.Address, row.Identity.Value(), row.IsBcc, (long)row.State, row.Detail, row.Updated);

    public IReadOnlyList<DeliveryRow> Of(long message) => scope.Db.All(Read, OfSql, message);

    public IReadOnlyList<DeliveryRow> Unannounced(int limit) => scope.Db.All(Read, UnannouncedSql, limit);

    public void SetAnnounced(long message, Did identity) => scope.Db.Execute(SetAnnouncedSql, message, identity.Value());

    public void Requeue(long message, Did identity, long now) => scope.Db.Execute(RequeueSql, message, identity.Value(), now);

    public void SetState(long message, Did identity, DeliveryState state, string detail, long now) =>
        scope.Db.Execute(SetStateSql, message, identity.Value(), (long)state, detail, now);

    public void Take(DeliveryRow told) => scope.Db.Execute(
        TakeSql, told.Message, told.Identity.Value(), told.Address, (long)told.State, told.Detail, told.Updated);

    public void SetDetail(long message, Did identity, string detail) => scope.Db.Execute(SetDetailSql, message, identity.Value(), detail);

    public IReadOnlyList<DeliveryRow> In(DeliveryState state, long before, int limit) =>
        scope.Db.All(Read, InSql, (long)state, before, limit);

    public IReadOnlyDictionary<DeliveryState, int> Counts()
    {
        Dictionary<DeliveryState, int> counts = Enum.GetValues<DeliveryState>().ToDictionary(state => state, _ => 0);
        foreach ((DeliveryState state, int count) in scope.Db.All(row => ((DeliveryState)row.Int(0), row.Int(1)), CountsSql))
            counts[state] = count;
        return counts;
    }

    internal static DeliveryRow Read(SqliteStatement row) => new(
        row.Long(0), row.String(1), row.Did(2), row.Bool(3), (DeliveryState)row.Int(4), row.String(5), row.Long(6));
}

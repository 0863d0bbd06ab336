using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// An announcement counts with the bytes of its request and of its card. The first one under an id stays: nobody can put another in its place.
/// </summary>
internal sealed class QuarantineTable(TableScope scope) : IQuarantineTable
{
    private const string PutSql = """
        INSERT INTO quarantine(id, sender, network, arrived, bytes, card, car) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO NOTHING
        """;
    private const string HasSql = "SELECT 1 FROM quarantine WHERE id = ?1";
    private const string OfSql = "SELECT id, sender, network, car, card, arrived FROM quarantine WHERE sender = ?1 ORDER BY arrived, id";
    private const string SendersSql = """
        SELECT sender, card, count(*), sum(bytes), max(arrived) FROM quarantine GROUP BY sender, card ORDER BY sender, max(arrived)
        """;
    private const string BytesOfSql = "SELECT coalesce(sum(bytes), 0) FROM quarantine WHERE sender = ?1";
    private const string BytesFromSql = "SELECT coalesce(sum(bytes), 0) FROM quarantine WHERE network = ?1";
    private const string BytesSql = "SELECT coalesce(sum(bytes), 0) FROM quarantine";
    private const string RemoveSql = "DELETE FROM quarantine WHERE sender = ?1";

    public void Put(QuarantineRow row) => scope.Db.Execute(
        PutSql, row.Id, row.Sender.Value(), row.Network, row.Arrived, row.Car.Length + row.Card.Length, row.Card, row.Car);

    public bool Has(ReadOnlySpan<byte> id)
    {
        using SqliteStatement query = scope.Db.Prepare(HasSql).Bind(1, id);
        return query.Step();
    }

    public IReadOnlyList<QuarantineRow> Of(Did sender) => scope.Db.All(
        row => new QuarantineRow(row.Bytes(0), row.Did(1), row.String(2), row.Bytes(3), row.Bytes(4), row.Long(5)), OfSql, sender.Value());

    public IReadOnlyList<(Did Sender, byte[] Card, int Count, long Bytes, long Arrived)> Senders()
    {
        var byCard = scope.Db.All(
            row => (Sender: row.Did(0), Card: row.Bytes(1), Count: row.Int(2), Bytes: row.Long(3), Arrived: row.Long(4)), SendersSql);
        return [.. byCard.GroupBy(part => part.Sender).Select(parts => (
            parts.Key,
            parts.Select(part => part.Card).Aggregate(Newer),
            parts.Sum(part => part.Count),
            parts.Sum(part => part.Bytes),
            parts.Max(part => part.Arrived)))];
    }

    public long BytesOf(Did sender) => scope.Db.ScalarLong(BytesOfSql, sender.Value()).GetValueOrDefault();

    public long BytesFrom(string network) => scope.Db.ScalarLong(BytesFromSql, network).GetValueOrDefault();

    public long Bytes() => scope.Db.ScalarLong(BytesSql).GetValueOrDefault();

    public void Remove(Did sender) => scope.Db.Execute(RemoveSql, sender.Value());

    /// <summary>The newer of two cards of one stranger; the one shown later where one of them is none.</summary>
    private static byte[] Newer(byte[] earlier, byte[] later) =>
        Card.TryDecode(earlier, out Card? first, out _) && Card.TryDecode(later, out Card? second, out _) && first.IsNewerThan(second)
            ? earlier
            : later;
}

using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Storage.Tables;

/// <summary>What a device says last counts, also when it is less than before: a machine restored from a backup has to be told again.</summary>
internal sealed class DeviceTable(TableScope scope) : IDeviceTable
{
    private const string PutSql = """
        INSERT INTO devices(identity, device, acknowledged, updated) VALUES(?1, ?2, ?3, ?4)
        ON CONFLICT(identity, device) DO UPDATE SET acknowledged = excluded.acknowledged, updated = excluded.updated
        """;
    private const string OfSql = "SELECT device, acknowledged FROM devices WHERE identity = ?1 ORDER BY device";

    private const string RemoveAllSql = "DELETE FROM devices WHERE identity = ?1";
    private const string RemoveSql = "DELETE FROM devices WHERE identity = ?1 AND device = ?2";
    private const string LastAskedSql = "SELECT updated FROM devices WHERE identity = ?1 AND device = ?2";

    public void Remove(Did identity) => scope.Db.Execute(RemoveAllSql, identity.Value());

    public bool Remove(Did identity, ReadOnlySpan<byte> device) => scope.Db.Execute(RemoveSql, identity.Value(), device.ToArray()) > 0;

    public long? LastAsked(Did identity, ReadOnlySpan<byte> device) => scope.Db.ScalarLong(LastAskedSql, identity.Value(), device.ToArray());

    public void Put(Did identity, ReadOnlySpan<byte> device, long acknowledged, long now)
    {
        using SqliteStatement put = scope.Db.Prepare(PutSql);
        put.Bind(1, identity).Bind(2, device).Bind(3, acknowledged).Bind(4, now).Execute();
    }

    public IReadOnlyList<(byte[] Device, long Acknowledged)> Of(Did identity) =>
        scope.Db.All(row => (row.Bytes(0), row.Long(1)), OfSql, identity.Value());
}

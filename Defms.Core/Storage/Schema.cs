using Defms.Core.Replication;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>All versions of the store's tables, oldest first.</summary>
internal static class Schema
{
    /// <summary>The steps to the newest version.</summary>
    /// <param name="random">Names a store that is made; one that exists keeps its names.</param>
    internal static SchemaMigrations Migrations(RandomSource random) => new(new Migration(1, db =>
    {
        db.ExecuteScript(SchemaVersion1.Sql);
        using var scope = new TableScope(db);
        var settings = new SettingTable(scope);
        settings.SetBytes(StoreSettings.Epoch, random.Bytes(SqliteStore.EpochLength));
        settings.SetBytes(StoreSettings.Device, random.Bytes(SqliteStore.DeviceLength));
    }), new Migration(2, SchemaFiling.Script), new Migration(3, SchemaFullText.Script), new Migration(4, SchemaDevices.Script), new Migration(5, SchemaRecords.Script));
}

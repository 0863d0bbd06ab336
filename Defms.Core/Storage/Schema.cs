using Defms.Core.Replication;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>All versions of the store's tables, oldest first.</summary>
internal static class Schema
{
    /// <summary>Version 2 and those behind it. Once released, none is changed and new ones come last.</summary>
    private static readonly string[] Later =
    [
        SchemaFiling.Script, SchemaFullText.Script, SchemaForgetting.Script, SchemaNode.Script, SchemaParcels.Script, SchemaHosting.Script,
        SchemaDevices.Script, SchemaRecords.Script, SchemaOwnHosts.Script, SchemaReturns.Script, SchemaLabels.Script,
        SchemaAccountQuota.Script,
    ];

    /// <summary>The newest version.</summary>
    internal static int Latest => 1 + Later.Length;

    /// <summary>The steps to the newest version.</summary>
    /// <param name="random">Names a store that is made; one that exists keeps its names.</param>
    internal static SchemaMigrations Migrations(RandomSource random) => Migrations(random, upTo: Latest);

    /// <summary>The steps to an older version.</summary>
    internal static SchemaMigrations Migrations(RandomSource random, int upTo) => new([new Migration(1, db =>
    {
        db.ExecuteScript(SchemaVersion1.Sql);
        using var scope = new TableScope(db);
        var settings = new SettingTable(scope);
        settings.SetBytes(StoreSettings.Epoch, random.Bytes(SqliteStore.EpochLength));
        settings.SetBytes(StoreSettings.Device, random.Bytes(SqliteStore.DeviceLength));
    }), .. Later.Take(upTo - 1).Select((script, i) => new Migration(i + 2, script))]);
}

using Defms.Core.Replication;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>
/// What becomes of a store that was restored or salvaged: to all others it is another machine, under other names. What they know of its rows,
/// and what it knew of theirs, is forgotten, so that both ask anew and nothing is missed. That there are other machines of the owner's it still knows.
/// </summary>
internal static class AnotherMachine
{
    private const string OthersSql = "DELETE FROM devices WHERE identity <> ?1";
    private const string OwnSql = "UPDATE devices SET acknowledged = 0";

    internal static void Become(SqliteConnection db, RandomSource random)
    {
        using var scope = new TableScope(db);
        var settings = new SettingTable(scope);
        db.Execute("DELETE FROM cursors");
        db.Execute("DELETE FROM own_machines");
        db.Execute(OthersSql, settings.GetBytes(Home.OwnerSetting));
        db.Execute(OwnSql);
        settings.SetBytes(StoreSettings.Epoch, random.Bytes(SqliteStore.EpochLength));
        settings.SetBytes(StoreSettings.Device, random.Bytes(SqliteStore.DeviceLength));
    }
}

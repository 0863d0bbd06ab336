using Defms.Core.Storage;
using Defms.Core.Storage.Salvage;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Tests.Storage;

public sealed class StoreSalvageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Store => folder.File("store.db");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    public void A_store_of_an_older_version_is_brought_up_to_date(int version)
    {
        Make(version, "contacts");
        Assert.NotEmpty(StoreSalvage.Check(folder.Path));
        SalvageReport report = StoreSalvage.Run(folder.Path, RandomSource.System);
        Assert.Equal(["contacts"], report.Lost.Select(lost => lost.Table));
        Assert.Empty(StoreSalvage.Check(folder.Path));
        using SqliteStore store = SqliteStore.Open(Store);
        Assert.Equal([1, 2], store.Read(tables => tables.Settings.GetBytes("owner")));
    }

    [Fact]
    public void Without_what_says_whose_store_it_is_nothing_is_changed()
    {
        Make(Schema.Latest, "settings");
        byte[] before = File.ReadAllBytes(Store);
        Assert.StartsWith("Too little", Assert.Throws<StoreException>(() => StoreSalvage.Run(folder.Path, RandomSource.System)).Message);
        Assert.Equal(before, File.ReadAllBytes(Store));
        Assert.Equal(["store.db"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void What_was_kept_before_stays()
    {
        Make(Schema.Latest, "contacts");
        string first = StoreSalvage.Run(folder.Path, RandomSource.System).Kept;
        byte[] kept = File.ReadAllBytes(first);
        Assert.Equal(Store + ".damaged.2", StoreSalvage.Run(folder.Path, RandomSource.System).Kept);
        Assert.Equal(kept, File.ReadAllBytes(first));
    }

    [Fact]
    public void What_is_no_store_is_told_as_that()
    {
        Assert.Contains("There is no Defms store", Assert.Throws<StoreException>(() => StoreSalvage.Check(folder.Path)).Message);
        File.WriteAllText(Store, new string('x', 10_000));
        Assert.NotEmpty(StoreSalvage.Check(folder.Path));
        Assert.StartsWith("Too little", Assert.Throws<StoreException>(() => StoreSalvage.Run(folder.Path, RandomSource.System)).Message);
    }

    /// <summary>A store with an owner, of which the first page of one table is gone.</summary>
    private void Make(int version, string lost)
    {
        using (SqliteConnection db = SqliteConnection.Open(Store, SqliteOpenMode.ReadWriteCreate, fullText: true))
        {
            Schema.Migrations(RandomSource.System, version).Apply(db, create: true);
            using var scope = new TableScope(db);
            new SettingTable(scope).SetBytes("owner", [1, 2]);
        }
        using (SqliteConnection db = SqliteConnection.Open(Store, SqliteOpenMode.ReadWrite))
        {
            long page = db.ScalarLong("SELECT rootpage FROM sqlite_schema WHERE name = ?1", lost)!.Value;
            db.ExecuteScript("PRAGMA wal_checkpoint(TRUNCATE)");
            using FileStream file = new(Store, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Position = (page - 1) * 4096;
            file.Write(new byte[4096]);
        }
    }
}

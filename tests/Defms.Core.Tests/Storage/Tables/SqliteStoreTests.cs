using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Sealing;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string path;
    private readonly SqliteStore store;

    public SqliteStoreTests()
    {
        path = folder.File("store.db");
        store = SqliteStore.Create(path, new SeededRandomSource(1));
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_store_keeps_the_names_it_was_made_with()
    {
        var random = new SeededRandomSource(1);
        byte[] epoch = random.Bytes(16), device = random.Bytes(16);
        Assert.Equal(epoch, Bytes(store, StoreSettings.Epoch));
        Assert.Equal(device, Bytes(store, StoreSettings.Device));
        using SqliteStore again = SqliteStore.Open(path);
        Assert.Equal(epoch, Bytes(again, StoreSettings.Epoch));
        using SqliteStore unused = SqliteStore.Create(path, new SeededRandomSource(2));
        Assert.Equal(epoch, Bytes(unused, StoreSettings.Epoch));
    }

    [Fact]
    public void A_store_in_use_is_not_taken_for_a_new_one()
    {
        Set(store, "a", "1");
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Create(path, new SeededRandomSource(2)));
        Assert.Equal($"{path} is a Defms store in use; it was left as it is.", e.Message);
        Assert.Equal("1", Get(store, "a"));
    }

    [Fact]
    public void A_missing_store_a_foreign_file_and_a_newer_store_are_told()
    {
        string none = folder.File("none.db"), foreign = folder.File("foreign.db"), newer = folder.File("newer.db");
        Assert.Contains(none, Assert.Throws<StoreException>(() => SqliteStore.Open(none)).Message);
        File.WriteAllText(foreign, string.Concat(Enumerable.Repeat("This is not a database. ", 100)));
        Assert.Contains("not a Defms store", Assert.Throws<StoreException>(() => SqliteStore.Open(foreign)).Message);
        SqliteStore.Create(newer, new SeededRandomSource(1)).Dispose();
        using (SqliteConnection db = SqliteConnection.Open(newer, SqliteOpenMode.ReadWrite)) db.Execute("PRAGMA user_version = 99");
        Assert.Contains("Update Defms", Assert.Throws<StoreException>(() => SqliteStore.Open(newer)).Message);
    }

    [Fact]
    public void A_write_that_throws_leaves_nothing()
    {
        Assert.Throws<TimeoutException>(() => store.Write<bool>(tables =>
        {
            tables.Settings.Set("a", "1");
            tables.Conversations.Create();
            throw new TimeoutException();
        }));
        Assert.Null(Get(store, "a"));
        Assert.Empty(store.Read(tables => tables.Threads.All().ToList()));
    }

    [Fact]
    public async Task Of_several_queued_writes_the_one_that_throws_leaves_nothing()
    {
        Task<bool>[] writes = [.. Enumerable.Range(0, 20).Select(i => store.WriteAsync(tables =>
        {
            tables.Settings.Set($"{i}", "here");
            return i % 5 != 0 ? true : throw new TimeoutException();
        }))];
        for (int i = 0; i < writes.Length; i++)
        {
            if (i % 5 != 0) Assert.True(await writes[i]);
            else await Assert.ThrowsAsync<TimeoutException>(() => writes[i]);
            Assert.Equal(i % 5 != 0 ? "here" : null, Get(store, $"{i}"));
        }
    }

    [Fact]
    public void A_read_sees_one_state_while_another_process_writes()
    {
        using SqliteStore other = SqliteStore.Open(path);
        Set(store, "a", "1");
        store.Read(tables =>
        {
            Assert.Equal("1", tables.Settings.Get("a"));
            Set(other, "a", "2");
            Assert.Equal("1", tables.Settings.Get("a"));
            return true;
        });
        Assert.Equal("2", Get(store, "a"));
    }

    [Fact]
    public async Task Two_stores_on_one_file_take_turns_and_lose_nothing()
    {
        const int Times = 200;
        using SqliteStore other = SqliteStore.Open(path);
        await Task.WhenAll(new[] { store, store, other, other }.Select(one => Task.Run(() =>
        {
            for (int i = 0; i < Times; i++) one.Write(Increment);
        })));
        Assert.Equal($"{4 * Times}", Get(other, "count"));
    }

    [Fact]
    public void Tables_end_with_their_transaction()
    {
        IReplicationTables left = store.Read(tables => tables);
        Assert.Throws<InvalidOperationException>(() => left.Settings.Get("a"));
    }

    private static bool Increment(IReplicationTables tables)
    {
        int count = int.Parse(tables.Settings.Get("count") ?? "0");
        tables.Settings.Set("count", $"{count + 1}");
        return true;
    }

    private static string? Get(IStore<IMailTables> store, string name) => store.Read(tables => tables.Settings.Get(name));

    private static byte[]? Bytes(IStore<IMailTables> store, string name) => store.Read(tables => tables.Settings.GetBytes(name));

    private static void Set(IStore<IMailTables> store, string name, string value) => store.Write(tables =>
    {
        tables.Settings.Set(name, value);
        return true;
    });
}

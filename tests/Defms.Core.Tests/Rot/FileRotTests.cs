using System.Text;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Storage.Salvage;
using Defms.Core.Storage.Tables;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Mailboxes;
using Defms.Core.Tests.Replication;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Rot;

/// <summary>
/// Rot of the store's file outside its blocks: a page that is gone, a bit of a page, a bit of a value. It is found, and mended by what is left
/// and what another machine has. DEFMS_ROT=long tries every page and column.
/// </summary>
public sealed class FileRotTests : IAsyncLifetime
{
    private const int PageSize = 4096;

    /// <summary>How many places the short form tries of each kind.</summary>
    private const int Few = 16;

    /// <summary>What nobody else knows: which mail this person has read, whom he trusts, how far a mail has come.</summary>
    private static readonly HashSet<string> Unknowable = ["messages.flags"];

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("DEFMS_ROT") is "long";

    private readonly MemoryNetwork network = new();
    private readonly SeededRandomSource random = new(TestSeed.First);
    private readonly Random places = new(TestSeed.First);
    private readonly Someone alice;
    private readonly Someone bob;
    private readonly Someone laptop;
    private IReadOnlyList<string> before = [];
    private byte[] whole = [];

    public FileRotTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        alice.Know(bob);
        bob.Know(alice);
        laptop = new Someone(bob, "laptop");
        laptop.Know(alice);
    }

    private string Store => Path.Combine(laptop.Folder, "store.db");

    public async ValueTask InitializeAsync()
    {
        for (int i = 0; i < 10; i++)
            alice.Send($"Mail {i}", [bob], attachment: i % 4 == 0 ? random.Bytes(9_000) : null);
        await alice.DeliverAsync();
        laptop.Send("Back", [alice]);
        for (int i = 0; i < 3; i++)
            await laptop.SyncAsync();
        before = Mail(laptop);
        Assert.Equal(Mail(bob), before);
        laptop.Restart(path =>
        {
            using (SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite))
                db.ExecuteScript("PRAGMA wal_checkpoint(TRUNCATE)");
            whole = File.ReadAllBytes(path);
        });
    }

    public ValueTask DisposeAsync()
    {
        foreach (Someone person in new[] { alice, bob, laptop })
            person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Whichever_page_is_gone_the_rest_is_kept_and_the_mail_comes_again()
    {
        int refused = 0;
        foreach (int page in Choose(Enumerable.Range(0, whole.Length / PageSize)))
        {
            byte[] damaged = [.. whole];
            damaged.AsSpan(page * PageSize, PageSize).Clear();
            Put(damaged);
            if (TrySalvage())
                await HealsAsync($"page {page}");
            else
                refused += Refuse(damaged);
        }
        // The schema, and the page that says whose store it is: without them nothing can be read.
        Assert.InRange(refused, 0, 8);
    }

    [Fact]
    public async Task Whichever_bit_of_a_page_turned_the_mail_is_whole_again()
    {
        int refused = 0;
        List<int> structure = [.. Enumerable.Range(0, whole.Length / PageSize).Where(page => page == 0 || whole[page * PageSize] is 2 or 5 or 10 or 13)];
        foreach (int page in Choose(structure))
        {
            byte[] damaged = [.. whole];
            int at = (page * PageSize) + places.Next(PageSize);
            damaged[at] ^= (byte)(1 << places.Next(8));
            Put(damaged);
            if (TrySalvage())
                await HealsAsync($"byte {at}");
            else
                refused += Refuse(damaged);
        }
        Assert.InRange(refused, 0, 6);
    }

    [Fact]
    public async Task Whichever_value_of_a_row_turned_the_mail_is_whole_again()
    {
        Put(whole);
        List<string> columns;
        using (SqliteConnection db = SqliteConnection.Open(Store, SqliteOpenMode.ReadWrite))
            columns = db.All(row => $"{row.String(0)}.{row.String(1)}", """
                SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
                WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'search%'
                """);
        foreach (string column in Choose(columns.Except(Unknowable)))
        {
            Put(whole);
            if (TryTurn(column.Split('.')[0], column.Split('.')[1]) && TrySalvage())
                await HealsAsync(column);
        }
    }

    [Fact]
    public void A_store_that_another_program_has_open_is_left_as_it_is()
    {
        using SqliteStore other = SqliteStore.Open(Path.Combine(bob.Folder, "store.db"));
        StoreException refusal = Assert.Throws<StoreException>(() => StoreSalvage.Run(bob.Folder, random));
        Assert.StartsWith("Another program has the store open.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, IndexDump.Of(other, records: false));
        Assert.Empty(StoreSalvage.Check(bob.Folder));
    }

    [Fact]
    public void A_sound_store_says_the_same_after_a_salvage_and_the_old_file_is_kept()
    {
        SalvageReport? report = null;
        laptop.Restart(_ => report = StoreSalvage.Run(laptop.Folder, random));
        Assert.Empty(report!.Lost);
        Assert.True(Verify(repair: true).IsSound);
        Assert.Equal(before, Mail(laptop));
        Assert.Equal(whole.Length, new FileInfo(report.Kept).Length);
        Assert.Equal(["identity", "store.db", "store.db.damaged"], Directory.EnumerateFiles(laptop.Folder).Select(Path.GetFileName)
            .Where(name => !name!.EndsWith("-wal", StringComparison.Ordinal) && !name.EndsWith("-shm", StringComparison.Ordinal)).Order());
    }

    /// <summary>Puts a file in the place of the store, which nobody has open afterwards.</summary>
    private void Put(byte[] file)
    {
        laptop.Home.Dispose();
        foreach (string end in new[] { "-wal", "-shm", ".damaged" })
            File.Delete(Store + end);
        File.WriteAllBytes(Store, file);
    }

    /// <summary>What <c>defms verify --repair</c> does before it opens the store.</summary>
    private bool TrySalvage()
    {
        try
        {
            if (StoreSalvage.Check(laptop.Folder).Count > 0)
                StoreSalvage.Run(laptop.Folder, random);
            Assert.Empty(StoreSalvage.Check(laptop.Folder));
            return true;
        }
        catch (StoreException e) when (e.Message.StartsWith("Too little", StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>What cannot be salvaged is left as it was.</summary>
    private int Refuse(byte[] damaged)
    {
        Assert.Equal(damaged, File.ReadAllBytes(Store));
        return 1;
    }

    private async Task HealsAsync(string what)
    {
        laptop.Restart(_ => { });
        // What did not come the first time is made anew the second.
        for (int i = 0; i < 2; i++)
        {
            Verify(repair: true);
            Assert.Empty((await laptop.SyncAsync(full: true)).Failed);
        }
        IReadOnlyList<string> faults = Verify(repair: false).Faults;
        Assert.True(faults.Count == 0, $"{what}: {string.Join(' ', faults)}");
        IEnumerable<string> lacks = before.Except(Mail(laptop)), has = Mail(laptop).Except(before);
        Assert.True(!lacks.Any() && !has.Any(), $"{what}: lacks {string.Join('\n', lacks)}\nhas {string.Join('\n', has)}");
        Assert.All(bob.Mails(), mail => Assert.Equal(bob.Mailbox.Octets(mail.Message.Row.Cid), laptop.Mailbox.Octets(mail.Message.Row.Cid)));
    }

    /// <summary>Turns a bit of one value of a column; false where there is none, or the schema forbids what would come of it.</summary>
    private bool TryTurn(string table, string column)
    {
        using SqliteConnection db = SqliteConnection.Open(Store, SqliteOpenMode.ReadWrite);
        db.ExecuteScript("PRAGMA foreign_keys = OFF");
        long count = db.ScalarLong($"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL").GetValueOrDefault();
        if (count == 0)
            return false;
        foreach (string trigger in db.All(row => row.String(0), "SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
            db.Execute($"DROP TRIGGER {trigger}");
        string key = string.Join(", ", db.All(row => row.String(0), "SELECT name FROM pragma_table_info(?1) WHERE pk > 0", table));
        string row = $"SELECT {key} FROM {table} WHERE {column} IS NOT NULL LIMIT 1 OFFSET {places.NextInt64(count)}";
        try
        {
            return db.Execute($"UPDATE {table} SET {column} = ?1 WHERE ({key}) IN ({row})", Turned(db, $"SELECT {column} FROM {table} WHERE ({key}) IN ({row})")) == 1;
        }
        catch (SqliteException e) when (e.IsConstraint)
        {
            return false;
        }
    }

    private SqliteValue Turned(SqliteConnection db, string sql)
    {
        using SqliteStatement query = db.Query(sql);
        query.Step();
        if (query.Value(0).Blob is { } blob)
            return Turned(blob, 8);
        string text = query.String(0);
        return long.TryParse(text, out long number) ? number ^ (1L << places.Next(10)) : Encoding.UTF8.GetString(Turned(Encoding.UTF8.GetBytes(text), 7));
    }

    private byte[] Turned(byte[] bytes, int bits)
    {
        if (bytes.Length > 0)
            bytes[places.Next(bytes.Length)] ^= (byte)(1 << places.Next(bits));
        return bytes;
    }

    private IEnumerable<T> Choose<T>(IEnumerable<T> all)
    {
        T[] mixed = [.. all];
        if (IsLong)
            return mixed;
        places.Shuffle(mixed);
        return mixed.Take(Few);
    }

    private static IReadOnlyList<string> Mail(Someone person) => IndexDump.Of(person.Store, records: false);

    private VerificationReport Verify(bool repair) =>
        new Verification(laptop.Store, laptop.Did).Run(repair, (_, _) => { }, TestContext.Current.CancellationToken);
}

using System.Diagnostics;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

public sealed class StoreConnectionsTests : IDisposable
{
    private static readonly SchemaMigrations Schema = new(new Migration(1, """
        CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB);
        CREATE TABLE child(a INTEGER REFERENCES t);
        """));

    private readonly TemporaryFolder folder = new();
    private readonly string path;
    private readonly StoreConnections store;

    public StoreConnectionsTests()
    {
        path = folder.File("store.db");
        store = StoreConnections.Open(path, Schema, create: true);
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_missing_store_is_told_and_not_made()
    {
        string none = folder.File("none.db");
        StoreException e = Assert.Throws<StoreException>(() => StoreConnections.Open(none, Schema, create: false));
        Assert.Equal($"There is no Defms store at {none}.", e.Message);
        Assert.False(File.Exists(none));
    }

    [Fact]
    public void The_files_are_for_their_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        store.Write(db => db.Execute("INSERT INTO t(a) VALUES(1)"));
        string[] files = Directory.GetFiles(folder.Path);
        Assert.Contains(path + "-wal", files);
        Assert.All(files, file => Assert.Equal(DurableFile.OwnerFile, TemporaryFolder.ModeOf(file)));
    }

    [Fact]
    public void What_is_written_is_read_by_all_and_what_throws_leaves_nothing()
    {
        store.Write(db => db.Execute("INSERT INTO t(a) VALUES(1)"));
        Assert.Throws<TimeoutException>(() => store.Write(db =>
        {
            db.Execute("INSERT INTO t(a) VALUES(2)");
            throw new TimeoutException();
        }));
        Assert.Equal(1, Count());
        using StoreConnections other = StoreConnections.Open(path, Schema, create: false);
        Assert.Equal(1, other.Read(db => db.ScalarLong("SELECT count(*) FROM t")));
    }

    [Fact]
    public void A_read_sees_one_state_while_writes_go_on()
    {
        (long? before, long? after) = store.Read(db =>
        {
            long? first = db.ScalarLong("SELECT count(*) FROM t");
            store.Write(w => w.Execute("INSERT INTO t(a) VALUES(1)"));
            return (first, db.ScalarLong("SELECT count(*) FROM t"));
        });
        Assert.Equal((0, 0), (before, after));
        Assert.Equal(1, Count());
    }

    [Fact]
    public void A_read_cannot_write()
    {
        Assert.True(Assert.Throws<SqliteException>(() => store.Read(db => db.Execute("INSERT INTO t(a) VALUES(1)"))).IsReadOnly);
        Assert.Equal(0, Count());
    }

    [Fact]
    public async Task More_readers_than_connections_all_get_their_turn()
    {
        store.Write(db => db.Execute("INSERT INTO t(a) VALUES(7)"));
        IEnumerable<Task<long?>> reads = Enumerable.Range(0, 200).Select(_ => Task.Run(() => store.Read(db => db.ScalarLong("SELECT a FROM t"))));
        long?[] seen = await Task.WhenAll(reads);
        Assert.All(seen, value => Assert.Equal(7, value));
    }

    [Fact]
    public async Task Of_many_concurrent_writers_those_that_throw_undo_their_own_part_only()
    {
        const int Writers = 32, Each = 25;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                int key = (writer * Each) + i;
                Task<long> write = store.WriteAsync(db => InsertAndMaybeThrow(db, key));
                if (key % 3 == 0) await Assert.ThrowsAsync<TimeoutException>(() => write);
                else Assert.Equal(1, await write);
            }
        })));
        Assert.Equal(Enumerable.Range(0, Writers * Each).Count(key => key % 3 != 0), Count());
        Assert.Equal(0, store.Read(db => db.ScalarLong("SELECT count(*) FROM t WHERE a % 3 = 0")));

        static long InsertAndMaybeThrow(SqliteConnection db, int key)
        {
            long rows = db.Execute("INSERT INTO t(a) VALUES(?1)", key);
            return key % 3 == 0 ? throw new TimeoutException() : rows;
        }
    }

    [Fact]
    public async Task Jobs_that_wait_together_share_one_commit_and_none_is_told_before_it()
    {
        List<Task<(long? Visible, bool Told)>> jobs = [];
        HoldWriterWhile(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                jobs.Add(store.WriteAsync(db =>
                {
                    db.Execute("INSERT INTO t(b) VALUES(x'00')");
                    return (store.Read(r => r.ScalarLong("SELECT count(*) FROM t")), jobs.Exists(job => job.IsCompleted));
                }));
            }
        });
        Assert.All(await Task.WhenAll(jobs), seen => Assert.Equal((0, false), seen));
        Assert.Equal(10, Count());
    }

    [Fact]
    public async Task When_the_commit_fails_all_of_the_group_fail_and_the_next_group_succeeds()
    {
        List<Task<long>> jobs = [];
        HoldWriterWhile(() =>
        {
            jobs.Add(store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(1)")));
            jobs.Add(store.WriteAsync(db =>
            {
                // Checked at the commit only, and then nobody is there to point at.
                db.Execute("PRAGMA defer_foreign_keys = ON");
                return db.Execute("INSERT INTO child VALUES(99)");
            }));
        });
        foreach (Task<long> job in jobs) Assert.True((await Assert.ThrowsAsync<SqliteException>(() => job)).IsConstraint);
        Assert.Equal(0, Count());
        Assert.Equal(1, await store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(2)")));
    }

    [Fact]
    public async Task A_full_disk_fails_the_group_that_SQLite_gave_up_and_leaves_the_store_usable()
    {
        store.Write(db => db.ScalarLong($"PRAGMA max_page_count = {db.ScalarLong("PRAGMA page_count") + 20}"));
        Task<long> innocent = null!, large = null!;
        HoldWriterWhile(() =>
        {
            innocent = store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(1)"));
            large = store.WriteAsync(db => db.Execute("INSERT INTO t VALUES(2, zeroblob(1000000))"));
        });
        Assert.True((await Assert.ThrowsAsync<SqliteException>(() => large)).IsFull);
        StoreException told = await Assert.ThrowsAsync<StoreException>(() => innocent);
        Assert.True(Assert.IsType<SqliteException>(told.InnerException).IsFull);
        Assert.Equal(0, Count());
        Assert.Equal(1, await store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(3)")));
        Assert.True(Assert.Throws<SqliteException>(() => store.Write(db => db.Execute("INSERT INTO t VALUES(4, zeroblob(1000000))"))).IsFull);
        Assert.Equal("ok", store.Read(db => db.ScalarString("PRAGMA integrity_check")));
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task A_job_that_has_not_begun_can_be_cancelled()
    {
        using CancellationTokenSource cancellation = new();
        Task<long> cancelled = null!, other = null!;
        HoldWriterWhile(() =>
        {
            cancelled = store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(1)"), cancellation.Token);
            other = store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(2)"), cancellation.Token);
            other = store.WriteAsync(db => db.Execute("INSERT INTO t(a) VALUES(3)"));
            cancellation.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.True(cancelled.IsCanceled);
        await other;
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Disposal_finishes_what_is_queued()
    {
        List<Task<long>> jobs = [];
        for (int i = 0; i < 500; i++) jobs.Add(store.WriteAsync(db => db.Execute("INSERT INTO t(b) VALUES(x'00')")));
        store.Dispose();
        await Task.WhenAll(jobs);
        Assert.Throws<ObjectDisposedException>(() => { _ = store.WriteAsync(db => 0); });
        Assert.Throws<ObjectDisposedException>(() => store.Write(db => 0));
        Assert.Throws<ObjectDisposedException>(() => store.Read(db => 0));
        using StoreConnections again = StoreConnections.Open(path, Schema, create: false);
        Assert.Equal(500, again.Read(db => db.ScalarLong("SELECT count(*) FROM t")));
    }

    [Fact]
    public async Task A_statement_that_a_job_forgets_fails_the_job_and_nothing_after_it()
    {
        store.Write(db => db.ExecuteScript("INSERT INTO t(a) VALUES(1),(2)"));
        Assert.Throws<InvalidOperationException>(() => store.Read(Forget));
        Assert.Throws<InvalidOperationException>(() => store.Write(Forget));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.WriteAsync(Forget));
        Assert.Equal(2, Count());
        store.Write(db => db.Execute("DELETE FROM t"));
        Assert.Equal(0, Count());

        static bool Forget(SqliteConnection db) => db.Query("SELECT a FROM t").Step();
    }

    [Fact]
    public void A_program_that_is_older_than_the_store_has_become_stops_writing()
    {
        Migration two = new(2, "ALTER TABLE t ADD COLUMN c");
        Migration one = new(1, "");
        StoreConnections.Open(path, new SchemaMigrations(one, two), create: false).Dispose();
        StoreException e = Assert.Throws<StoreException>(() => store.Write(db => db.Execute("INSERT INTO t(a) VALUES(1)")));
        Assert.Contains("version 2", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, Count());
    }

    [Fact]
    public async Task Another_connection_that_holds_the_lock_for_a_while_is_waited_for()
    {
        using SqliteConnection other = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        using ManualResetEventSlim held = new();
        Task holder = Task.Run(() =>
        {
            using SqliteTransaction transaction = other.Begin();
            other.Execute("INSERT INTO t(a) VALUES(1)");
            held.Set();
            long start = Stopwatch.GetTimestamp();
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(50));
            transaction.Commit();
        });
        held.Wait();
        store.Write(db => db.Execute("INSERT INTO t(a) VALUES(2)"));
        await holder;
        Assert.Equal(2, Count());
    }

    private long? Count() => store.Read(db => db.ScalarLong("SELECT count(*) FROM t"));

    /// <summary>Whatever is queued by the action waits for the writer, and so for each other.</summary>
    private void HoldWriterWhile(Action queue) => store.Write(_ => queue());
}

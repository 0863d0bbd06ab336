using System.Globalization;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

/// <summary>Several processes on one file, and processes that die.</summary>
public sealed class StoreProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public StoreProcessTests() => path = folder.File("store.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_a_killed_process_acknowledged_is_there()
    {
        HashSet<long> acknowledged = [];
        for (int round = 1; round <= 4; round++)
        {
            using ChildProcess child = new(nameof(StoreChildTests.Acknowledges_rows_until_it_is_killed), path);
            int heard = 0;
            while (child.Next() is { } key)
            {
                acknowledged.Add(long.Parse(key, CultureInfo.InvariantCulture));
                if (++heard == 40 * round) child.Kill();
            }

            Assert.True(heard >= 40 * round, "The child ended before it was killed.");
            RequireWhole(acknowledged);
        }
    }

    [Fact]
    public void Processes_that_write_at_once_all_get_their_turn()
    {
        using (ChildProcess one = new(nameof(StoreChildTests.Writes_its_share), path))
        using (ChildProcess two = new(nameof(StoreChildTests.Writes_its_share), path))
        {
            Assert.Equal("ready", one.Next());
            Assert.Equal("ready", two.Next());
            using StoreConnections store = StoreConnections.Open(path, StoreChildTests.Schema, create: false);
            for (int i = 0; i < 50; i++) store.Write(StoreChildTests.AddRow);
            Assert.Equal(0, one.WaitForExit());
            Assert.Equal(0, two.WaitForExit());
        }

        using StoreConnections after = StoreConnections.Open(path, StoreChildTests.Schema, create: false);
        Assert.Equal([50, StoreChildTests.Share, StoreChildTests.Share], after.Read(RowsPerWriter));
        RequireWhole([]);
    }

    [Fact]
    public void What_was_acknowledged_before_the_disk_broke_is_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs sh and its ulimit.");
        HashSet<long> acknowledged = [];
        using (ChildProcess child = new(nameof(StoreChildTests.Acknowledges_rows_until_the_disk_breaks), path, fileBlocks: 2000))
        {
            string? said;
            while ((said = child.Next()) is not null && !said.StartsWith("code ", StringComparison.Ordinal))
                acknowledged.Add(long.Parse(said, CultureInfo.InvariantCulture));

            // SQLITE_IOERR: the system calls a file that is too large another error than a full disk.
            Assert.Equal("code 10", said);
        }

        Assert.NotEmpty(acknowledged);
        RequireWhole(acknowledged);
    }

    [Fact]
    public void A_file_that_the_disk_does_not_take_leaves_the_old_one_and_nothing_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs sh and its ulimit.");
        using ChildProcess child = new(nameof(StoreChildTests.Writes_a_file_that_is_too_large), path, fileBlocks: 1000);
        Assert.Equal("refused", child.Next());
        child.WaitForExit();
        Assert.Equal(1000, new FileInfo(path).Length);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    private static List<int> RowsPerWriter(SqliteConnection db)
    {
        List<int> rows = [];
        using SqliteStatement q = db.Query("SELECT count(*) AS n FROM t GROUP BY writer ORDER BY n");
        while (q.Step()) rows.Add(q.Int(0));
        return rows;
    }

    private void RequireWhole(HashSet<long> acknowledged)
    {
        using StoreConnections store = StoreConnections.Open(path, StoreChildTests.Schema, create: false);
        store.Read(db =>
        {
            Assert.Equal("ok", db.ScalarString("PRAGMA integrity_check"));
            Assert.Equal(db.ScalarLong("SELECT rows FROM total"), db.ScalarLong("SELECT count(*) FROM t"));
            HashSet<long> present = [];
            using SqliteStatement q = db.Query("SELECT a FROM t");
            while (q.Step()) present.Add(q.Long(0));
            Assert.Subset(present, acknowledged);
            return true;
        });
    }
}

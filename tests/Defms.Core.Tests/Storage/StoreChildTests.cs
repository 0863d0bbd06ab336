using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

/// <summary>What the processes do that <see cref="StoreProcessTests"/> starts. They are explicit: an ordinary run leaves them out.</summary>
public sealed class StoreChildTests
{
    public const string PathVariable = "DEFMS_TEST_CHILD_PATH";

    /// <summary>How many rows <see cref="Writes_its_share"/> adds.</summary>
    public const int Share = 300;

    public static readonly SchemaMigrations Schema = new(new Migration(1, """
        CREATE TABLE t(a INTEGER PRIMARY KEY, writer INTEGER, b BLOB);
        CREATE TABLE total(rows INTEGER);
        INSERT INTO total VALUES(0);
        """));

    private static string PathGiven => Environment.GetEnvironmentVariable(PathVariable)!;

    /// <summary>Writes without end, singly and in groups, and says each row's key once it is told that the row is durable.</summary>
    [Fact(Explicit = true)]
    public async Task Acknowledges_rows_until_it_is_killed()
    {
        using StoreConnections store = StoreConnections.Open(PathGiven, Schema, create: true);
        Task single = Task.Run(() =>
        {
            while (true) Say(store.Write(AddRow));
        });
        IEnumerable<Task> grouped = Enumerable.Range(0, 4).Select(async _ =>
        {
            while (true) Say(await store.WriteAsync(AddRow));
        });
        await Task.WhenAll([single, .. grouped]);
    }

    [Fact(Explicit = true)]
    public async Task Writes_its_share()
    {
        using StoreConnections store = StoreConnections.Open(PathGiven, Schema, create: true);
        Say("ready");
        for (int i = 0; i < Share; i += 2)
        {
            store.Write(AddRow);
            await store.WriteAsync(AddRow);
        }
    }

    /// <summary>Writes a file that the limit lets through, then one that it does not.</summary>
    [Fact(Explicit = true)]
    public void Writes_a_file_that_is_too_large()
    {
        DurableFile.Write(PathGiven, new byte[1000]);
        try
        {
            DurableFile.Write(PathGiven, new byte[1 << 20]);
            Say("written");
        }
        catch (IOException)
        {
            Say("refused");
        }
    }

    /// <summary>Says the rows that were acknowledged before the disk broke, then how it broke.</summary>
    [Fact(Explicit = true)]
    public void Acknowledges_rows_until_the_disk_breaks()
    {
        using StoreConnections store = StoreConnections.Open(PathGiven, Schema, create: true);
        try
        {
            while (true) Say(store.Write(AddRow));
        }
        catch (SqliteException e)
        {
            Say($"code {e.Code}");
        }
    }

    /// <summary>A row of several pages, and the number of rows beside it, which must never disagree.</summary>
    internal static long AddRow(SqliteConnection db)
    {
        db.Execute("UPDATE total SET rows = rows + 1");
        db.Execute("INSERT INTO t(writer, b) VALUES(?1, zeroblob(10000))", Environment.ProcessId);
        return db.LastInsertRowId;
    }

    internal static void Say<T>(T what)
    {
        // One write call a line, which a pipe takes whole: what was said before a kill is heard, and threads do not mix.
        using Stream output = Console.OpenStandardOutput();
        output.Write(System.Text.Encoding.UTF8.GetBytes($"\n{ChildProcess.Mark}{what}\n"));
    }
}

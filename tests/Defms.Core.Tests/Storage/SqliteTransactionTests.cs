using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

public sealed class SqliteTransactionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SqliteConnection db;

    public SqliteTransactionTests()
    {
        db = SqliteConnection.Open(folder.File("a.db"), SqliteOpenMode.ReadWriteCreate);
        db.Execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)");
    }

    public void Dispose()
    {
        db.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void What_is_committed_stays_and_what_is_not_goes()
    {
        using (SqliteTransaction kept = db.Begin())
        {
            db.Execute("INSERT INTO t(a) VALUES(1)");
            Assert.True(db.InTransaction);
            kept.Commit();
        }

        using (db.Begin()) db.Execute("INSERT INTO t(a) VALUES(2)");
        Assert.False(db.InTransaction);
        Assert.Equal([1], Keys());
    }

    [Fact]
    public void A_savepoint_is_undone_alone_even_inside_another()
    {
        using (SqliteTransaction transaction = db.Begin())
        {
            using (SqliteSavepoint outer = db.Savepoint())
            {
                db.Execute("INSERT INTO t(a) VALUES(1)");
                using (db.Savepoint()) db.Execute("INSERT INTO t(a) VALUES(2)");
                outer.Release();
            }

            using (db.Savepoint()) db.Execute("INSERT INTO t(a) VALUES(3)");
            transaction.Commit();
        }

        Assert.Equal([1], Keys());
    }

    [Fact]
    public void A_full_file_is_told_as_full_and_the_transaction_ends_cleanly()
    {
        db.Execute("INSERT INTO t(a) VALUES(1)");
        db.ScalarLong("PRAGMA max_page_count = 10");
        using (db.Begin())
        using (db.Savepoint())
        {
            SqliteException e = Assert.Throws<SqliteException>(() => db.Execute("INSERT INTO t VALUES(2, zeroblob(100000))"));
            Assert.True(e.IsFull);
        }

        Assert.Equal([1], Keys());
        db.Execute("INSERT INTO t(a) VALUES(3)");
        Assert.Equal([1, 3], Keys());
    }

    [Fact]
    public void A_transaction_inside_a_transaction_is_refused_and_the_outer_one_goes_on()
    {
        using (SqliteTransaction outer = db.Begin())
        {
            SqliteException e = Assert.Throws<SqliteException>(() => db.Begin());
            Assert.Contains("within a transaction", e.Message, StringComparison.Ordinal);
            db.Execute("INSERT INTO t(a) VALUES(1)");
            outer.Commit();
        }

        Assert.Equal([1], Keys());
    }

    private List<long> Keys()
    {
        List<long> keys = [];
        using SqliteStatement q = db.Query("SELECT a FROM t ORDER BY a");
        while (q.Step()) keys.Add(q.Long(0));
        return keys;
    }
}

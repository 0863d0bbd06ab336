using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

public sealed class SqliteConnectionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SqliteConnection db;

    public SqliteConnectionTests() => db = SqliteConnection.Open(folder.File("a.db"), SqliteOpenMode.ReadWriteCreate, fullText: true);

    public void Dispose()
    {
        db.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Every_kind_of_value_comes_back_as_it_was_bound()
    {
        byte[] bytes = [0, 1, 255, 0];
        string text = "zero\0inside, ümläut, 📬";
        using SqliteStatement q = db.Query("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7", long.MinValue, 7, true, text, bytes, "", Array.Empty<byte>());
        Assert.True(q.Step());
        Assert.Equal(long.MinValue, q.Long(0));
        Assert.Equal(7, q.Int(1));
        Assert.True(q.Bool(2));
        Assert.Equal(text, q.String(3));
        Assert.Equal(bytes, q.Bytes(4));
        Assert.Equal(bytes, q.Span(4).ToArray());
        Assert.Equal("", q.StringOrNull(5));
        Assert.Equal(0, q.BytesOrNull(6)?.Length);
        Assert.False(q.Step());
    }

    [Fact]
    public void Null_is_neither_an_empty_text_nor_an_empty_blob()
    {
        using SqliteStatement q = db.Query(
            "SELECT typeof(?1), typeof(?2), typeof(?3), typeof(?4), ?1", (string?)null, (byte[]?)null, (long?)null, ReadOnlyMemory<byte>.Empty);
        Assert.True(q.Step());
        Assert.Equal(["null", "null", "null", "blob"], Enumerable.Range(0, 4).Select(q.String));
        Assert.True(q.IsNull(4));
        Assert.Null(q.StringOrNull(4));
        Assert.Null(q.BytesOrNull(4));
        Assert.Null(q.LongOrNull(4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(170)]
    [InlineData(171)]
    [InlineData(100_000)]
    public void Texts_of_any_length_come_back(int length)
    {
        string text = new('ß', length);
        Assert.Equal(text, db.ScalarString("SELECT ?1", text));
    }

    [Fact]
    public void A_span_binds_without_an_array_and_a_large_blob_comes_back()
    {
        db.Execute("CREATE TABLE t(b BLOB)");
        byte[] large = new byte[1 << 20];
        new Span<byte>(large).Fill(0xa5);
        using (SqliteStatement insert = db.Prepare("INSERT INTO t VALUES(?1)")) Assert.Equal(1, insert.Bind(1, large.AsSpan()).Execute());
        Assert.Equal(large, db.ScalarBytes("SELECT b FROM t"));
    }

    [Fact]
    public void A_finished_statement_does_not_run_again_until_it_is_reset()
    {
        db.Execute("CREATE TABLE t(a)");
        using (SqliteStatement insert = db.Query("INSERT INTO t VALUES(?1)", 1))
        {
            Assert.False(insert.Step());
            Assert.False(insert.Step());
            insert.Reset().Bind(1, 2).Execute();
        }

        Assert.Equal(2, db.ScalarLong("SELECT count(*) FROM t"));
        Assert.Equal(2, db.LastInsertRowId);
    }

    [Fact]
    public void A_statement_is_found_again_by_its_text_and_carries_no_values_over()
    {
        SqliteStatement first = db.Query("SELECT ?1", "secret");
        Assert.True(first.Step());
        first.Dispose();
        using SqliteStatement second = db.Prepare("SELECT ?1");
        Assert.Same(first, second);
        Assert.True(second.Step());
        Assert.True(second.IsNull(0));
    }

    [Fact]
    public void One_text_can_be_read_by_two_at_once()
    {
        const string Sql = "VALUES(1),(2)";
        using SqliteStatement one = db.Query(Sql);
        using SqliteStatement two = db.Query(Sql);
        Assert.True(one.Step());
        Assert.True(one.Step());
        Assert.True(two.Step());
        Assert.Equal((2, 1), (one.Int(0), two.Int(0)));
        Assert.Equal(2, db.StatementsOnLoan);
    }

    [Fact]
    public void More_texts_than_the_cache_holds_all_work_and_the_oldest_leaves()
    {
        SqliteStatement oldest = db.Prepare("SELECT -1");
        oldest.Dispose();
        for (int i = 0; i < 200; i++) Assert.Equal(i, db.ScalarLong($"SELECT {i}"));
        using SqliteStatement again = db.Prepare("SELECT -1");
        Assert.NotSame(oldest, again);
        Assert.True(again.Step());
    }

    [Fact]
    public void A_statement_that_outlives_its_connection_refuses_and_harms_nothing()
    {
        SqliteStatement q = db.Query("VALUES(1),(2)");
        Assert.True(q.Step());
        db.Dispose();
        Assert.Throws<SqliteException>(() => q.Step());
        Assert.True(q.IsNull(0));
        q.Dispose();
        q.Dispose();
        Assert.False(db.InTransaction);
        Assert.Throws<ObjectDisposedException>(() => db.Prepare("VALUES(1)"));
        Assert.Throws<ObjectDisposedException>(() => db.Changes);
    }

    [Fact]
    public void Two_statements_in_one_text_are_refused_but_a_script_takes_them()
    {
        Assert.Throws<ArgumentException>(() => db.Execute("CREATE TABLE a(x); CREATE TABLE b(x)"));
        Assert.Throws<ArgumentException>(() => db.Execute(" -- nothing"));
        db.ExecuteScript("CREATE TABLE a(x); CREATE TABLE b(x);");
        Assert.Equal(2, db.ScalarLong("SELECT count(*) FROM sqlite_schema; "));
    }

    [Fact]
    public void An_error_names_the_operation_and_never_a_bound_value()
    {
        db.ExecuteScript("CREATE TABLE t(a TEXT UNIQUE, n INTEGER CHECK(n < 10)) STRICT; CREATE VIRTUAL TABLE f USING fts5(x)");
        db.Execute("INSERT INTO t VALUES(?1, 1)", "hunter2");
        SqliteException twice = Assert.Throws<SqliteException>(() => db.Execute("INSERT INTO t VALUES(?1, 1)", "hunter2"));
        Assert.Equal((19, 2067, true), (twice.Code, twice.ExtendedCode, twice.IsConstraint));
        Assert.Equal("INSERT INTO t VALUES(?1, 1): UNIQUE constraint failed: t.a (SQLite code 2067)", twice.Message);

        SqliteException search = Assert.Throws<SqliteException>(() => db.ScalarLong("SELECT 1 FROM f WHERE f MATCH ?1", "\"hunter2"));
        SqliteException type = Assert.Throws<SqliteException>(() => db.Execute("INSERT INTO t(n) VALUES(?1)", "hunter2"));
        SqliteException check = Assert.Throws<SqliteException>(() => db.Execute("INSERT INTO t(n) VALUES(?1)", 4711));
        Assert.All([search, type], e => Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("4711", check.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_SQL_is_told_with_the_reason()
    {
        SqliteException e = Assert.Throws<SqliteException>(() => db.Execute("SELECT\n  a\n  FROM nowhere"));
        Assert.Equal("SELECT a FROM nowhere: no such table: nowhere (SQLite code 1)", e.Message);
    }

    [Fact]
    public void A_wrong_number_of_values_is_refused_and_the_statement_given_back()
    {
        Assert.Throws<SqliteException>(() => db.Query("SELECT ?1", 1, 2));
        Assert.Equal(0, db.StatementsOnLoan);
    }

    [Fact]
    public void A_file_that_is_no_database_is_told_as_damaged()
    {
        string path = folder.File("letter.txt");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("Dear Alice, this is no database. ", 100)));
        using SqliteConnection letter = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        SqliteException e = Assert.Throws<SqliteException>(() => letter.ScalarLong("SELECT count(*) FROM sqlite_schema"));
        Assert.True(e.IsCorrupt);
    }

    [Fact]
    public void A_missing_file_opens_only_where_it_may_be_made()
    {
        SqliteException e = Assert.Throws<SqliteException>(() => SqliteConnection.Open(folder.File("none.db"), SqliteOpenMode.ReadWrite));
        Assert.Equal(14, e.Code);
        Assert.Contains("none.db", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("none.db")));
    }

    [Fact]
    public void A_read_only_connection_reads_and_refuses_to_write()
    {
        db.Execute("CREATE TABLE t(a)");
        using SqliteConnection reader = SqliteConnection.Open(db.Path, SqliteOpenMode.ReadOnly);
        Assert.Equal(0, reader.ScalarLong("SELECT count(*) FROM t"));
        Assert.True(Assert.Throws<SqliteException>(() => reader.Execute("INSERT INTO t VALUES(1)")).IsReadOnly);
    }

    [Fact]
    public void A_file_name_that_looks_like_a_URI_is_taken_literally()
    {
        string name = folder.File("file:x?mode=memory");
        using (SqliteConnection odd = SqliteConnection.Open(name, SqliteOpenMode.ReadWriteCreate)) odd.Execute("CREATE TABLE t(a)");
        Assert.True(File.Exists(name));
    }

    [Fact]
    public void The_wait_for_a_lock_ends_with_busy()
    {
        using SqliteConnection other = SqliteConnection.Open(db.Path, SqliteOpenMode.ReadWrite);
        other.SetBusyTimeout(TimeSpan.FromMilliseconds(30));
        using SqliteTransaction held = db.Begin();
        long start = TimeProvider.System.GetTimestamp();
        SqliteException e = Assert.Throws<SqliteException>(() => other.Begin());
        Assert.True(e.IsBusy);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, 25, 10_000);
    }

    [Fact]
    public void Binding_and_reading_allocate_nothing()
    {
        db.Execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB, c TEXT)");
        byte[] blob = new byte[100];
        Round(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Round(2);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round(int key)
        {
            db.Execute("INSERT INTO t VALUES(?1, ?2, ?3)", key, blob, "text");
            using SqliteStatement q = db.Query("SELECT a, b FROM t WHERE a = ?1", key);
            while (q.Step()) _ = q.Long(0) + q.Span(1).Length;
        }
    }
}

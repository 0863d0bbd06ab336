using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

public sealed class SchemaMigrationsTests : IDisposable
{
    private static readonly Migration One = new(1, "CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)");
    private static readonly Migration Two = new(2, "ALTER TABLE t ADD COLUMN b TEXT; CREATE INDEX i ON t(b)");

    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public SchemaMigrationsTests() => path = folder.File("store.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_new_store_has_all_steps_our_mark_and_our_settings()
    {
        using SqliteConnection db = Open();
        new SchemaMigrations(One, Two).Apply(db, create: true);
        Assert.Equal(2, SchemaMigrations.VersionOf(db));
        Assert.Equal(0x4446_4D53, db.ScalarLong("PRAGMA application_id"));
        Assert.Equal("DFMS", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(path + "-wal").AsSpan(32 + 24 + 68, 4)));
        Assert.Equal("wal", db.ScalarString("PRAGMA journal_mode"));
        Assert.Equal(2, db.ScalarLong("PRAGMA synchronous"));
        Assert.Equal(1, db.ScalarLong("PRAGMA secure_delete"));
        Assert.Equal(1, db.ScalarLong("PRAGMA foreign_keys"));
        Assert.Equal(2, db.ScalarLong("PRAGMA temp_store"));
        Assert.Equal(2, db.ScalarLong("PRAGMA auto_vacuum"));
    }

    [Fact]
    public void An_older_store_gets_the_missing_steps_once()
    {
        using (SqliteConnection old = Open()) new SchemaMigrations(One).Apply(old, create: true);
        using SqliteConnection db = Open();
        SchemaMigrations now = new(One, Two);
        now.Apply(db, create: false);
        now.Apply(db, create: false);
        Assert.Equal(2, SchemaMigrations.VersionOf(db));
        Assert.Equal(1, db.ScalarLong("SELECT count(*) FROM t WHERE b IS NULL"));
    }

    [Fact]
    public void A_step_that_throws_leaves_the_version_before_whole()
    {
        using SqliteConnection db = Open();
        Migration breaks = new(2, d =>
        {
            Two.Change(d);
            d.Execute("DELETE FROM t");
            throw new InvalidOperationException("in the middle");
        });
        Assert.Throws<InvalidOperationException>(() => new SchemaMigrations(One, breaks).Apply(db, create: true));
        Assert.Equal(1, SchemaMigrations.VersionOf(db));
        Assert.Equal(1, db.ScalarLong("SELECT count(*) FROM t"));
        Assert.Equal(0, db.ScalarLong("SELECT count(*) FROM pragma_table_info('t') WHERE name = 'b'"));

        new SchemaMigrations(One, Two).Apply(db, create: false);
        Assert.Equal(2, SchemaMigrations.VersionOf(db));
    }

    [Fact]
    public void A_script_that_fails_half_way_leaves_nothing_and_names_the_reason()
    {
        using SqliteConnection db = Open();
        SchemaMigrations broken = new(new Migration(1, "CREATE TABLE t(a); CREATE TABLE t(a)"));
        SqliteException e = Assert.Throws<SqliteException>(() => broken.Apply(db, create: true));
        Assert.Contains("table t already exists", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, db.ScalarLong("SELECT count(*) FROM sqlite_schema"));
        Assert.Equal(0, db.ScalarLong("PRAGMA application_id"));
    }

    [Fact]
    public void A_step_that_would_leave_rows_pointing_nowhere_is_refused()
    {
        using SqliteConnection db = Open();
        SchemaMigrations schema = new(
            new Migration(1, "CREATE TABLE p(a INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p); INSERT INTO p VALUES(1); INSERT INTO c VALUES(1)"),
            new Migration(2, "DELETE FROM p"));
        StoreException e = Assert.Throws<StoreException>(() => schema.Apply(db, create: true));
        Assert.Contains("rows of c", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, db.ScalarLong("SELECT count(*) FROM p"));
    }

    [Fact]
    public void A_newer_store_is_refused_with_both_versions_and_not_altered()
    {
        using (SqliteConnection newer = Open()) new SchemaMigrations(One, Two, new Migration(3, "CREATE TABLE x(a)")).Apply(newer, create: true);
        byte[] before = File.ReadAllBytes(path);
        using (SqliteConnection db = Open())
        {
            StoreException e = Assert.Throws<StoreException>(() => new SchemaMigrations(One).Apply(db, create: true));
            Assert.Equal($"{path} has store version 3, but this program knows versions up to 1. Update Defms to open it.", e.Message);
        }

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("a letter")]
    [InlineData("a foreign database")]
    [InlineData("a foreign application")]
    [InlineData("a database with a version only")]
    [InlineData("a cut header")]
    public void What_is_not_ours_is_refused_and_not_altered(string what)
    {
        Make(what);
        byte[] before = File.ReadAllBytes(path);
        using (SqliteConnection db = Open())
        {
            StoreException e = Assert.Throws<StoreException>(() => new SchemaMigrations(One).Apply(db, create: true));
            Assert.Equal($"{path} is not a Defms store.", e.Message);
        }

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void An_empty_file_is_a_store_only_for_who_may_create()
    {
        File.WriteAllBytes(path, []);
        using SqliteConnection db = Open();
        Assert.Throws<StoreException>(() => new SchemaMigrations(One).Apply(db, create: false));
        new SchemaMigrations(One).Apply(db, create: true);
        Assert.Equal(1, SchemaMigrations.VersionOf(db));
    }

    [Fact]
    public void Steps_out_of_order_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SchemaMigrations(Two, One));
        Assert.Throws<ArgumentException>(() => new SchemaMigrations(One, new Migration(3, "")));
    }

    [Fact]
    public void Many_that_make_one_store_at_once_each_find_it_made_once()
    {
        SchemaMigrations schema = new(One, Two, new Migration(3, "INSERT INTO t(b) VALUES('three')"));
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using StoreConnections store = StoreConnections.Open(path, schema, create: true);
            Assert.Equal(2, store.Read(db => db.ScalarLong("SELECT count(*) FROM t")));
        });
    }

    private SqliteConnection Open()
    {
        SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWriteCreate);
        db.SetBusyTimeout(TimeSpan.FromSeconds(10));
        return db;
    }

    private void Make(string what)
    {
        if (what == "a letter") File.WriteAllText(path, string.Concat(Enumerable.Repeat("Dear Alice, this is a letter. ", 300)));
        if (what == "a cut header") File.WriteAllText(path, "SQLite format 3\0");
        string? sql = what switch
        {
            "a foreign database" => "CREATE TABLE photos(a)",
            "a foreign application" => "PRAGMA application_id = 1; CREATE TABLE photos(a)",
            "a database with a version only" => "PRAGMA user_version = 9",
            _ => null,
        };
        if (sql is null) return;
        using SqliteConnection db = Open();
        db.ExecuteScript(sql);
    }
}

namespace Defms.Core.Storage;

/// <summary>One step of the schema, from the version before to <paramref name="Version"/>.</summary>
/// <param name="Version">Counted from 1; it never changes its meaning once released.</param>
/// <param name="Change">Runs inside the step's transaction and opens none of its own.</param>
public sealed record Migration(int Version, Action<SqliteConnection> Change)
{
    /// <summary>A step that is a script of SQL statements.</summary>
    public Migration(int version, string sql)
        : this(version, db => db.ExecuteScript(sql))
    {
    }
}

/// <summary>
/// The schema as an ordered list of steps. A file carries the number of its last step in <c>PRAGMA user_version</c> and
/// <see cref="ApplicationId"/> in <c>PRAGMA application_id</c>.
/// </summary>
public sealed class SchemaMigrations
{
    /// <summary>"DFMS".</summary>
    public const int ApplicationId = 0x4446_4D53;

    private readonly IReadOnlyList<Migration> steps;

    public SchemaMigrations(params IReadOnlyList<Migration> steps)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            if (steps[i].Version != i + 1) throw new ArgumentException($"Step {i + 1} has version {steps[i].Version}.", nameof(steps));
        }

        this.steps = steps;
    }

    /// <summary>The version that a store has after all steps.</summary>
    public int Latest => steps.Count;

    /// <summary>The version that the file has now.</summary>
    public static int VersionOf(SqliteConnection db) => (int)db.ScalarLong("PRAGMA user_version").GetValueOrDefault();

    /// <summary>
    /// Brings a file to <see cref="Latest"/>, one transaction a step: when a step fails the file stays whole at the version before. Several
    /// processes may do so at once; each step happens once. A file that is refused is not altered.
    /// </summary>
    /// <param name="db">Not in a transaction. It is left set for writing, with foreign keys enforced.</param>
    /// <param name="create">An empty file becomes a store.</param>
    /// <exception cref="StoreException">The file is not a Defms store, or newer than this program.</exception>
    /// <exception cref="SqliteException">The file cannot be read or written.</exception>
    public void Apply(SqliteConnection db, bool create)
    {
        int version = Recognize(db, create);
        if (version > Latest)
        {
            throw new StoreException(
                $"{db.Path} has store version {version}, but this program knows versions up to {Latest}. Update Defms to open it.");
        }

        if (version == 0) StorePragmas.SetForNewFile(db);
        StorePragmas.UseWriteAheadLog(db);
        StorePragmas.SetForWriting(db);

        // Off while tables are rebuilt (sqlite.org/lang_altertable.html section 7), and checked before each commit instead.
        db.Execute("PRAGMA foreign_keys = OFF");
        foreach (Migration step in steps)
        {
            if (step.Version > VersionOf(db)) Take(step, db);
        }

        db.Execute("PRAGMA foreign_keys = ON");
    }

    /// <summary>For a program that has had the store open while a newer one migrated it.</summary>
    internal void RequireLatest(SqliteConnection db)
    {
        int version = VersionOf(db);
        if (version != Latest)
        {
            throw new StoreException(
                $"{db.Path} was brought to store version {version} while this program, which knows version {Latest}, had it open. Restart it.");
        }
    }

    /// <summary>The version of a store, 0 for an empty file that may become one.</summary>
    private static int Recognize(SqliteConnection db, bool create)
    {
        try
        {
            // One state of the file, which another process may be making into a store.
            using SqliteTransaction snapshot = db.BeginRead();
            long? id = db.ScalarLong("PRAGMA application_id");
            int version = VersionOf(db);
            if (id == ApplicationId && version > 0) return version;
            if (create && id == 0 && version == 0 && db.ScalarLong("SELECT count(*) FROM sqlite_schema") == 0) return 0;
        }
        catch (SqliteException e) when (e.Code == Sqlite.NotADatabase)
        {
            throw new StoreException(Refusal(db), e);
        }

        throw new StoreException(Refusal(db));
    }

    private static string Refusal(SqliteConnection db) => $"{db.Path} is not a Defms store.";

    private static void Take(Migration step, SqliteConnection db)
    {
        using SqliteTransaction transaction = db.Begin();

        // Another process may have taken it while this one waited for the lock.
        if (VersionOf(db) >= step.Version) return;
        step.Change(db);
        if (db.ScalarString("PRAGMA foreign_key_check") is { } table)
        {
            throw new StoreException(
                $"Store version {step.Version} would leave rows of {table} in {db.Path} pointing nowhere. Nothing was changed.");
        }

        db.ExecuteScript($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {step.Version}");
        transaction.Commit();
    }
}

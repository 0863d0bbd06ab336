using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage.Salvage;

/// <summary>What came of a salvage.</summary>
/// <param name="Kept">Where the damaged file lies.</param>
/// <param name="Lost">Tables of which rows could not be read.</param>
public sealed record SalvageReport(string Kept, IReadOnlyList<LostRows> Lost);

/// <summary>Rows of a table that could not be read.</summary>
/// <param name="IsDerived">The index has them from the blocks, so that a verification that repairs brings them back.</param>
public readonly record struct LostRows(string Table, bool IsDerived);

/// <summary>
/// Looks after the store's file below its tables, where a bit that turned makes SQLite give up: pages, indexes, the texts of the schema. What
/// can still be read goes, row by row, into a new file, which then takes the place of the old one in one transaction. The store becomes another
/// machine to all others, as a restored backup does: what they and it knew of each other's rows is forgotten, so that
/// both ask anew and what was lost comes again.
/// </summary>
public static class StoreSalvage
{
    /// <summary>More lines than this about one file tell nobody more.</summary>
    private const int MostLines = 10;

    private const string TooLittle =
        "Too little of the store can be read. It was left as it is: go back to a backup, or begin anew with your recovery code, and 'defms sync' asks others for your mail.";

    /// <summary>Long enough for whoever is just closing the store.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with the file of a home's store, a line each; nothing when it is sound. It reads the whole file.</summary>
    /// <exception cref="StoreException">There is no store, or it cannot be looked at.</exception>
    public static IReadOnlyList<string> Check(string home)
    {
        try
        {
            using SqliteConnection db = Open(StoreOf(home), SqliteOpenMode.ReadWrite);
            return [.. db.All(row => row.String(0), $"PRAGMA integrity_check({MostLines})").SelectMany(LinesOf).Take(MostLines)];
        }
        catch (SqliteException e) when (e.IsCorrupt)
        {
            return [$"SQLite cannot read it through (code {e.ExtendedCode})"];
        }
    }

    /// <summary>
    /// Writes the store anew. The damaged file is kept beside it, as <c>store.db.damaged</c>, behind those of earlier times. If this fails or is
    /// killed, the store is as it was.
    /// </summary>
    /// <exception cref="StoreException">Another program has the store open, the disk is full, or too little of it can be read.</exception>
    public static SalvageReport Run(string home, RandomSource random)
    {
        string store = StoreOf(home), kept = FreeName(store + ".damaged"), temporary = store + ".salvage";
        bool isDone = false;
        try
        {
            using SqliteConnection damaged = OpenAlone(store);
            Remove(kept);
            using (SqliteConnection copy = Make(kept))
                damaged.CopyTo(copy);
            Remove(temporary);
            IReadOnlyList<LostRows> lost = Rescue(kept, temporary, random);
            using (SqliteConnection fresh = Open(temporary, SqliteOpenMode.ReadWrite))
                fresh.CopyTo(damaged);
            isDone = true;
            return new SalvageReport(kept, lost);
        }
        catch (SqliteException e) when (e.IsCorrupt)
        {
            throw new StoreException(TooLittle, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"Cannot write the store anew: {e.Message}", e);
        }
        finally
        {
            Remove(temporary);
            if (!isDone)
                Remove(kept);
        }
    }

    /// <summary>A file that is kept may hold what a later one does not any more.</summary>
    private static string FreeName(string path)
    {
        string name = path;
        for (int i = 2; new FileInfo(name) is { Exists: true, Length: > 0 }; i++)
            name = $"{path}.{i}";
        return name;
    }

    private static string StoreOf(string home)
    {
        string store = Path.Combine(Path.GetFullPath(home), Home.StoreName);
        return File.Exists(store) ? store : throw new StoreException($"There is no Defms store at {store}.");
    }

    private static IEnumerable<string> LinesOf(string found) =>
        found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "ok" && !line.StartsWith("***", StringComparison.Ordinal));

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        SqliteConnection db = SqliteConnection.Open(path, mode, fullText: true);
        db.SetBusyTimeout(Patience);
        return db;
    }

    /// <summary>While it is open nobody else can be: what would be written meanwhile would be lost.</summary>
    private static SqliteConnection OpenAlone(string store)
    {
        SqliteConnection db = Open(store, SqliteOpenMode.ReadWrite);
        try
        {
            db.Execute("PRAGMA locking_mode = EXCLUSIVE");
            using (SqliteTransaction first = db.Begin())
                first.Commit();
            DamagedSchema.Tolerate(db);
            db.Execute("PRAGMA synchronous = FULL");
            return db;
        }
        catch (SqliteException e)
        {
            db.Dispose();
            throw e.IsBusy ? new StoreException("Another program has the store open. Stop defms-daemon and whatever else works on it, and try again.", e) : e;
        }
    }

    private static SqliteConnection Make(string path)
    {
        DurableFile.Write(path, []);
        SqliteConnection db = Open(path, SqliteOpenMode.ReadWrite);
        db.ExecuteScript("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
        return db;
    }

    private static IReadOnlyList<LostRows> Rescue(string from, string to, RandomSource random)
    {
        using SqliteConnection fresh = Make(to);
        Schema.Migrations(random, VersionOf(from)).Apply(fresh, create: true);
        // It is thrown away if the machine stops.
        fresh.ExecuteScript("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF");
        DamagedSchema.Mend(from, fresh);
        using SqliteConnection damaged = Open(from, SqliteOpenMode.ReadWrite);
        DamagedSchema.Tolerate(damaged);
        IReadOnlyList<LostRows> lost = new SalvagedRows(damaged, fresh).Copy();
        using (var scope = new TableScope(fresh))
        {
            if (new SettingTable(scope).GetBytes(Home.OwnerSetting) is null)
                throw new StoreException(TooLittle);
        }
        Schema.Migrations(random).Apply(fresh, create: false);
        AnotherMachine.Become(fresh, random);
        return lost;
    }

    private static int VersionOf(string path)
    {
        using SqliteConnection db = Open(path, SqliteOpenMode.ReadWrite);
        int version = SchemaMigrations.VersionOf(db);
        return version >= 1 && version <= Schema.Latest ? version : throw new StoreException(TooLittle);
    }

    private static void Remove(string path)
    {
        foreach (string end in (ReadOnlySpan<string>)["-journal", "-wal", "-shm", ""])
            File.Delete(path + end);
    }
}

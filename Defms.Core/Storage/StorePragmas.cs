namespace Defms.Core.Storage;

/// <summary>
/// How every connection to a store is set. Sizes by measurement, 4 KiB blobs under random keys, 1,000 to a commit: 4 MiB of pages and a
/// checkpoint every 1,000 pages took 20,000 inserts a second, 8 MiB and 4,000 pages 25,000, more gained nothing. Mapping the file into memory
/// reads 7 % faster but counts as the process's memory, and a failing disk would kill the process instead of giving an error.
/// </summary>
internal static class StorePragmas
{
    /// <summary>Longer than any transaction of ours takes, a bulk import's batches and a checkpoint of a slow disk included.</summary>
    internal static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A new file can give free pages back in small steps (<c>PRAGMA incremental_vacuum</c>). That can only be chosen now, and inserts are not
    /// measurably slower for it.
    /// </summary>
    internal static void SetForNewFile(SqliteConnection db) => db.Execute("PRAGMA auto_vacuum = INCREMENTAL");

    /// <summary>
    /// The write-ahead log can only be chosen while nobody else holds the file, and SQLite does not call the busy handler for that: two
    /// processes that make one store at the same time take turns here.
    /// </summary>
    /// <exception cref="StoreException">The file system cannot hold a write-ahead log.</exception>
    internal static void UseWriteAheadLog(SqliteConnection db)
    {
        for (int waited = 0; ; waited++)
        {
            try
            {
                if (db.ScalarString("PRAGMA journal_mode = WAL") == "wal") return;
                throw new StoreException($"{db.Path} is on a file system that cannot share memory. Put the store on a local disk.");
            }
            catch (SqliteException e) when (e.IsBusy && waited < BusyTimeout.TotalMilliseconds)
            {
                _ = Sqlite.sqlite3_sleep(1);
            }
        }
    }

    /// <summary>For the one connection that writes.</summary>
    internal static void SetForWriting(SqliteConnection db)
    {
        SetForAll(db);
        db.ExecuteScript("""
            PRAGMA synchronous = FULL;
            PRAGMA fullfsync = ON;
            PRAGMA checkpoint_fullfsync = ON;
            PRAGMA secure_delete = ON;
            PRAGMA cache_size = -8192;
            PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864;
            """);
    }

    /// <summary>For those that read, though the file is open for writing: only so can they recover the log of a killed process.</summary>
    internal static void SetForReading(SqliteConnection db)
    {
        SetForAll(db);
        db.ExecuteScript("""
            PRAGMA query_only = ON;
            PRAGMA cache_size = -2048;
            """);
    }

    private static void SetForAll(SqliteConnection db)
    {
        db.SetBusyTimeout(BusyTimeout);
        db.ExecuteScript("""
            PRAGMA temp_store = MEMORY;
            PRAGMA mmap_size = 0;
            """);
    }
}

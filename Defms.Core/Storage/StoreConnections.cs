namespace Defms.Core.Storage;

/// <summary>
/// One process's way into a store's file: one connection that writes and a few that read. Any thread may call; any number of processes may
/// have the same file open. Jobs run under locks: they compute and touch the database, and wait for nothing else, least of all for another
/// write. A job must dispose its statements before it returns. The process opens the file in no other way: closing it would drop
/// SQLite's locks (sqlite.org/howtocorrupt.html section 2.2).
/// </summary>
public sealed class StoreConnections : IDisposable
{
    /// <summary>Each holds up to 2 MiB of pages; more readers than this at once wait a moment.</summary>
    private const int MostReaders = 4;

    private readonly StoreWriter writer;
    private readonly StoreReaders readers;

    private StoreConnections(StoreWriter writer, StoreReaders readers) => (this.writer, this.readers) = (writer, readers);

    /// <summary>Opens a store and brings its schema up to date.</summary>
    /// <param name="path">The file, in a folder that exists.</param>
    /// <param name="schema">What the program knows of the store's versions.</param>
    /// <param name="create">A file that is missing or empty becomes a new store, mode 0600.</param>
    /// <exception cref="StoreException">There is no store, it is not a Defms store, or it is newer than the program.</exception>
    /// <exception cref="SqliteException">The file cannot be opened, read or written.</exception>
    /// <exception cref="NativeLibraryMissingException">libsqlite3 is not on this machine.</exception>
    public static StoreConnections Open(string path, SchemaMigrations schema, bool create)
    {
        string absolute = Path.GetFullPath(path);
        if (create) EnsureFile(absolute);
        else if (!File.Exists(absolute)) throw new StoreException($"There is no Defms store at {absolute}.");

        SqliteConnection connection = SqliteConnection.Open(absolute, SqliteOpenMode.ReadWrite, fullText: true);
        try
        {
            connection.SetBusyTimeout(StorePragmas.BusyTimeout);
            schema.Apply(connection, create);
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        return new StoreConnections(new StoreWriter(connection, schema), new StoreReaders(absolute, MostReaders));
    }

    /// <summary>Runs a job that reads, in one state of the file. Reads do not wait for writes. Never read inside a read.</summary>
    public T Read<T>(Func<SqliteConnection, T> work) => readers.Run(work);

    /// <summary>Runs a job in a transaction of its own; when this returns it is synced to disk. If the job throws nothing is kept.</summary>
    /// <exception cref="SqliteException">Nothing was kept: the disk is full or fails, or another process held the lock too long.</exception>
    public T Write<T>(Func<SqliteConnection, T> work) => writer.Run(work);

    /// <inheritdoc cref="Write{T}(Func{SqliteConnection, T})"/>
    public void Write(Action<SqliteConnection> work) => writer.Run(db =>
    {
        work(db);
        return true;
    });

    /// <summary>
    /// Runs a job in a savepoint of its own, in a transaction with what others write at the moment; the task completes when it is synced to
    /// disk. If the job throws, only its own changes are undone. If the commit fails, or SQLite gives the transaction up because the disk is
    /// full or failing, all jobs of the group fail. A job runs at most once.
    /// </summary>
    /// <param name="work">Runs on another thread.</param>
    /// <param name="cancellation">Takes a job that has not begun out of the queue; one that has begun is finished.</param>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellation = default) =>
        writer.Enqueue(work, cancellation);

    /// <summary>Finishes the queued writes, waits for the readers, and closes the file.</summary>
    public void Dispose()
    {
        readers.Dispose();
        writer.Dispose();
    }

    /// <summary>SQLite would make the file readable to whom the umask allows; its log files take the mode of this one.</summary>
    private static void EnsureFile(string path)
    {
        if (File.Exists(path)) return;
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = DurableFile.OwnerFile;
        try
        {
            // An empty file is an empty database.
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            return;
        }

        FileSync.Folder(Path.GetDirectoryName(path)!);
    }
}

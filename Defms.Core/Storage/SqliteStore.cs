using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage;

/// <summary>
/// A person's store in one SQLite file. Any thread may use it, and several processes the same file. Work runs under a lock: it computes and
/// uses its tables, waits for nothing else, and never calls the store again.
/// </summary>
public sealed class SqliteStore : IStore<IReplicationTables>, IDisposable
{
    internal const int EpochLength = SyncCursor.EpochLength;
    internal const int DeviceLength = 16;

    // These settings are what an interrupted start leaves; nobody loses anything by starting again.
    private const string IsUsedSql = """
        SELECT EXISTS(SELECT 1 FROM threads) OR EXISTS(SELECT 1 FROM contacts) OR EXISTS(SELECT 1 FROM blocks)
          OR EXISTS(SELECT 1 FROM settings WHERE name NOT IN ('store.epoch', 'store.device', 'owner', 'card'))
        """;

    private readonly StoreConnections connections;
    private readonly NodeBlocks node = new();

    private SqliteStore(StoreConnections connections) => this.connections = connections;

    /// <summary>Makes a store, mode 0600. One that was made before and never used is taken as it is.</summary>
    /// <param name="path">In a folder that exists.</param>
    /// <param name="random">Names the store and this machine.</param>
    /// <exception cref="StoreException">There is something else under this name, or it cannot be written; it is left as it was.</exception>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static SqliteStore Create(string path, RandomSource random)
    {
        StoreConnections connections = StoreConnections.Open(path, Schema.Migrations(random), create: true);
        if (connections.Read(db => db.ScalarLong(IsUsedSql)) == 0) return new SqliteStore(connections);
        connections.Dispose();
        throw new StoreException($"{path} is a Defms store in use; it was left as it is.");
    }

    /// <summary>Opens a store and brings it up to date.</summary>
    /// <exception cref="StoreException">There is none, it is not a Defms store, it is newer than the program, or it cannot be read.</exception>
    public static SqliteStore Open(string path)
    {
        var store = new SqliteStore(StoreConnections.Open(path, Schema.Migrations(RandomSource.System), create: false));
        if (!store.ReadAll(IsNamed)) store.WriteAll(tables => Name(tables, RandomSource.System));
        return store;
    }

    public T Read<T>(Func<IReplicationTables, T> read) => connections.Read(db => Run(db, read));

    public T Write<T>(Func<IReplicationTables, T> write) => connections.Write(db => Run(db, write));

    public Task<T> WriteAsync<T>(Func<IReplicationTables, T> write, CancellationToken cancel = default) =>
        connections.WriteAsync(db => Run(db, write), cancel);

    /// <summary>
    /// Writes the full-text index anew without the words that it only marks as gone, and gives free pages back. Takes seconds in a store of a
    /// hundred thousand mails.
    /// </summary>
    public void Scrub() => connections.Write(db => db.ExecuteScript("INSERT INTO search(search) VALUES('optimize'); PRAGMA incremental_vacuum"));

    /// <summary>Gives the pages that nothing uses any more back to the file system.</summary>
    public void GiveBackFreePages() => connections.Write(db => db.ExecuteScript("PRAGMA incremental_vacuum"));

    /// <summary>Finishes the queued writes, waits for the readers, and closes the file.</summary>
    public void Dispose()
    {
        connections.Dispose();
        node.Dispose();
    }

    /// <summary>
    /// Says how the IPFS node that the owner entered is reached. Jobs that read what it keeps wait for it, some seconds at most, and fail with
    /// a <see cref="StoreException"/> when it does not answer. The store disposes the nodes.
    /// </summary>
    public void UseNodes(Func<Uri, IBlockNode> connect) => node.Use(connect);

    /// <summary>The node that the owner entered, or null.</summary>
    public IBlockNode? FindNode() => Read(tables => tables.Settings.Get(IpfsSettings.Node)) is { } url ? node.At(url) : null;

    /// <summary>A node that is not entered yet.</summary>
    public IBlockNode NodeAt(Uri url) => node.At(url.AbsoluteUri.TrimEnd('/'));

    internal T ReadAll<T>(Func<SqliteTables, T> read) => connections.Read(db => Run(db, tables => read((SqliteTables)tables)));

    internal T WriteAll<T>(Func<SqliteTables, T> write) => connections.Write(db => Run(db, tables => write((SqliteTables)tables)));

    /// <summary>Only damage takes a store's names. With others it is another store to all, which costs them a question and nothing else.</summary>
    private static bool IsNamed(SqliteTables tables) =>
        tables.Settings.GetBytes(StoreSettings.Epoch) is { Length: EpochLength } && tables.Settings.GetBytes(StoreSettings.Device) is { Length: DeviceLength };

    private static bool Name(SqliteTables tables, RandomSource random)
    {
        tables.Settings.SetBytes(StoreSettings.Epoch, random.Bytes(EpochLength));
        tables.Settings.SetBytes(StoreSettings.Device, random.Bytes(DeviceLength));
        return true;
    }

    private T Run<T>(SqliteConnection db, Func<IReplicationTables, T> work)
    {
        using var tables = new SqliteTables(db, node);
        T result = work(tables);
        tables.Finish();
        return result;
    }
}

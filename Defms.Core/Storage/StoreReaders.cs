namespace Defms.Core.Storage;

/// <summary>Connections that read, opened when first needed and kept for the next reader.</summary>
internal sealed class StoreReaders(string path, int most) : IDisposable
{
    private readonly SemaphoreSlim free = new(most, most);
    private readonly Stack<SqliteConnection> idle = new();
    private volatile bool closed;

    /// <summary>Runs a job on a connection of its own, in one state of the file. Waits while all are taken.</summary>
    internal T Run<T>(Func<SqliteConnection, T> work)
    {
        ObjectDisposedException.ThrowIf(closed, typeof(StoreConnections));
        free.Wait();
        try
        {
            SqliteConnection connection = Take();
            try
            {
                return RunOn(connection, work);
            }
            finally
            {
                lock (idle) idle.Push(connection);
            }
        }
        finally
        {
            free.Release();
        }
    }

    /// <summary>Waits for the last reader and closes.</summary>
    public void Dispose()
    {
        if (closed) return;
        closed = true;
        for (int i = 0; i < most; i++) free.Wait();
        foreach (SqliteConnection connection in idle) connection.Dispose();
        free.Release(most);
    }

    private static T RunOn<T>(SqliteConnection connection, Func<SqliteConnection, T> work)
    {
        using SqliteTransaction snapshot = connection.BeginRead();
        T result = work(connection);
        connection.RequireStatementsBack();
        snapshot.Commit();
        return result;
    }

    private SqliteConnection Take()
    {
        ObjectDisposedException.ThrowIf(closed, typeof(StoreConnections));
        lock (idle)
        {
            if (idle.TryPop(out SqliteConnection? kept)) return kept;
        }

        SqliteConnection opened = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            StorePragmas.SetForReading(opened);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
}

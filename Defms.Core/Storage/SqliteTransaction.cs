namespace Defms.Core.Storage;

/// <summary>An open transaction; disposing without <see cref="Commit"/> rolls back.</summary>
public sealed class SqliteTransaction : IDisposable
{
    private readonly SqliteConnection connection;
    private bool ended;

    internal SqliteTransaction(SqliteConnection connection, string begin)
    {
        this.connection = connection;
        connection.Execute(begin);
    }

    /// <summary>Makes the changes durable: when it returns they are synced, if the connection is set to synchronous=FULL.</summary>
    /// <exception cref="SqliteException">Nothing of the transaction is kept, once it is disposed.</exception>
    public void Commit()
    {
        connection.Execute("COMMIT");
        ended = true;
    }

    public void Dispose()
    {
        if (ended) return;
        ended = true;

        // After a full or failing disk SQLite has rolled back by itself.
        if (connection.InTransaction) connection.Execute("ROLLBACK");
    }
}

/// <summary>A part of a transaction; disposing without <see cref="Release"/> undoes this part only.</summary>
public sealed class SqliteSavepoint : IDisposable
{
    private readonly SqliteConnection connection;
    private bool ended;

    internal SqliteSavepoint(SqliteConnection connection)
    {
        this.connection = connection;
        connection.Execute("SAVEPOINT part");
    }

    /// <summary>Keeps the changes as part of what is around it; they become durable with the transaction's commit.</summary>
    public void Release()
    {
        connection.Execute("RELEASE part");
        ended = true;
    }

    public void Dispose()
    {
        if (ended) return;
        ended = true;
        if (!connection.InTransaction) return;
        connection.Execute("ROLLBACK TO part");
        connection.Execute("RELEASE part");
    }
}

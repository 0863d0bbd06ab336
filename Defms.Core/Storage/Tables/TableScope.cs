namespace Defms.Core.Storage.Tables;

/// <summary>
/// A connection for as long as one transaction lasts. A table, or a stream of rows that leaves its job, would otherwise use the connection
/// while somebody else does.
/// </summary>
internal sealed class TableScope(SqliteConnection connection) : IDisposable
{
    private bool ended;

    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    internal SqliteConnection Db =>
        ended ? throw new InvalidOperationException("These tables belong to a transaction that has ended; read what you need inside it.") : connection;

    public void Dispose() => ended = true;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Defms.Core.Storage;

/// <summary>How a database file is opened.</summary>
public enum SqliteOpenMode
{
    ReadOnly,
    ReadWrite,
    ReadWriteCreate,
}

/// <summary>
/// One connection to one SQLite file. It is not safe for threads: one user at a time, which the store's pool sees to. SQL text is
/// always constant and values are always bound; prepared statements are kept and found again by their text.
/// </summary>
public sealed unsafe class SqliteConnection : IDisposable
{
    /// <summary>Beyond this a store's statements would be prepared again and again (about 20 µs each); one takes some 3 KiB.</summary>
    private const int MostStatements = 128;

    private readonly StatementCache statements = new(MostStatements);
    private readonly LinkedList<SqliteStatement> onLoan = new();
    private readonly nint handle;
    private bool closed;

    private SqliteConnection(nint handle, string path) => (this.handle, Path) = (handle, path);

    /// <summary>The absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>A transaction is open. SQLite closes one by itself when the disk is full or fails.</summary>
    public bool InTransaction => !closed && Sqlite.sqlite3_get_autocommit(handle) == 0;

    /// <summary>Rows that the last INSERT, UPDATE or DELETE touched.</summary>
    public long Changes => Sqlite.sqlite3_changes64(Handle);

    public long LastInsertRowId => Sqlite.sqlite3_last_insert_rowid(Handle);

    /// <summary>How many statements are handed out and not yet disposed.</summary>
    internal int StatementsOnLoan => onLoan.Count;

    private nint Handle => closed ? throw new ObjectDisposedException(nameof(SqliteConnection)) : handle;

    /// <summary>Opens a file; SQLite reads it with the first statement, so one that is no database shows then.</summary>
    /// <param name="path">Taken literally, never as a URI or as a name for memory.</param>
    /// <param name="mode">Whether it may be written or made.</param>
    /// <param name="fullText">FTS5 is needed.</param>
    /// <exception cref="NativeLibraryMissingException">libsqlite3 is not on this machine.</exception>
    /// <exception cref="StoreException">It is too old or lacks FTS5.</exception>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static SqliteConnection Open(string path, SqliteOpenMode mode, bool fullText = false)
    {
        SqliteLibrary.Load();
        if (fullText) SqliteLibrary.RequireFullText();
        string absolute = System.IO.Path.GetFullPath(path);
        nint opened;
        int code;
        fixed (byte* name = Encoding.UTF8.GetBytes(absolute + '\0')) code = Sqlite.sqlite3_open_v2(name, &opened, Flags(mode), null);
        if (code == Sqlite.Ok) return new SqliteConnection(opened, absolute);

        // A failed open still hands out a connection, to be closed.
        _ = Sqlite.sqlite3_close_v2(opened);
        throw new SqliteException(code, $"open {absolute}", Words(Sqlite.sqlite3_errstr(code)));
    }

    /// <summary>
    /// How long a statement waits for another connection's or process's lock. It asks again every millisecond or two; SQLite's own
    /// handler goes up to 100 ms, by which a process that writes without pause starves all others.
    /// </summary>
    public void SetBusyTimeout(TimeSpan timeout)
    {
        delegate* unmanaged[Cdecl]<nint, int, int> handler = timeout > TimeSpan.Zero ? &WaitForLock : null;
        _ = Sqlite.sqlite3_busy_handler(Handle, handler, (nint)timeout.TotalMilliseconds);
    }

    /// <summary>Borrows a statement without values.</summary>
    /// <exception cref="SqliteException">The SQL is wrong.</exception>
    public SqliteStatement Prepare(string sql)
    {
        SqliteStatement statement = statements.TryTake(sql) ?? Compile(sql);
        onLoan.AddLast(statement.Place);
        return statement;
    }

    /// <summary>Borrows a statement with its values; <c>while (q.Step())</c> reads its rows.</summary>
    public SqliteStatement Query(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        SqliteStatement statement = Prepare(sql);
        try
        {
            return statement.Bind(values);
        }
        catch
        {
            statement.Dispose();
            throw;
        }
    }

    /// <summary>Runs one statement for its effect.</summary>
    /// <returns>How many rows an INSERT, UPDATE or DELETE touched; meaningless for others.</returns>
    public long Execute(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using SqliteStatement statement = Query(sql, values);
        return statement.Execute();
    }

    /// <summary>The first column of the first row; null where there is no row or it is NULL.</summary>
    public long? ScalarLong(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using SqliteStatement statement = Query(sql, values);
        return statement.Step() ? statement.LongOrNull(0) : null;
    }

    /// <inheritdoc cref="ScalarLong"/>
    public string? ScalarString(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using SqliteStatement statement = Query(sql, values);
        return statement.Step() ? statement.StringOrNull(0) : null;
    }

    /// <inheritdoc cref="ScalarLong"/>
    public byte[]? ScalarBytes(string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using SqliteStatement statement = Query(sql, values);
        return statement.Step() ? statement.BytesOrNull(0) : null;
    }

    /// <summary>Runs several statements without values, as a migration does.</summary>
    public void ExecuteScript(string sql)
    {
        int code;
        fixed (byte* text = Encoding.UTF8.GetBytes(sql + '\0')) code = Sqlite.sqlite3_exec(Handle, text, 0, 0, 0);
        if (code != Sqlite.Ok) throw Failure(code, sql, mayQuote: true);
    }

    /// <summary>Starts a transaction that holds the write lock from the beginning, so that it cannot fail for it later.</summary>
    public SqliteTransaction Begin() => new(this, "BEGIN IMMEDIATE");

    /// <summary>Starts a transaction that sees one state of the file from its first read on.</summary>
    public SqliteTransaction BeginRead() => new(this, "BEGIN");

    /// <summary>Starts a part of the open transaction that can be undone alone.</summary>
    public SqliteSavepoint Savepoint() => new(this);

    /// <summary>
    /// Puts this file's pages in the place of another's, as they are and in one transaction there (sqlite.org/backup.html). Nothing is read
    /// into them, so that a damaged file is copied too.
    /// </summary>
    /// <exception cref="SqliteException">Nothing was copied: a page cannot be read or written, or somebody holds the other file.</exception>
    internal void CopyTo(SqliteConnection other)
    {
        nint backup;
        fixed (byte* main = "main\0"u8) backup = Sqlite.sqlite3_backup_init(other.Handle, main, Handle, main);
        int code = Sqlite.Done;
        if (backup != 0)
        {
            do code = Sqlite.sqlite3_backup_step(backup, -1);
            while (code == Sqlite.Ok);
            _ = Sqlite.sqlite3_backup_finish(backup);
        }

        if (backup == 0 || code != Sqlite.Done)
            throw new SqliteException(code, $"copy {Path} to {other.Path}", Words(backup == 0 ? Sqlite.sqlite3_errmsg(other.Handle) : Sqlite.sqlite3_errstr(code)));
    }

    /// <summary>Closes the file. Statements on loan are of no use afterwards.</summary>
    public void Dispose()
    {
        if (closed) return;
        closed = true;
        FinishLoans();
        foreach (SqliteStatement statement in statements.TakeAll()) statement.Finish();
        _ = Sqlite.sqlite3_close_v2(handle);
    }

    /// <summary>A statement that is still reading would hold an old state of the file, or a lock, beyond its transaction.</summary>
    /// <exception cref="InvalidOperationException">A job did not dispose all its statements.</exception>
    internal void RequireStatementsBack()
    {
        if (onLoan.Count == 0) return;
        string sql = onLoan.First!.Value.Sql;
        FinishLoans();
        throw new InvalidOperationException($"A job returned without disposing its statement {sql}");
    }

    internal bool HasLent(SqliteStatement statement) => statement.Place.List == onLoan;

    internal void TakeBack(SqliteStatement statement)
    {
        onLoan.Remove(statement.Place);
        statement.Clear();
        statements.Put(statement)?.Finish();
    }

    /// <summary>
    /// What to throw for a code. SQLite's message is quoted only where no bound value can be in it (FTS5 repeats the query that it did not
    /// understand): for SQL without parameters, and for constraints, which it describes by their names.
    /// </summary>
    internal SqliteException Failure(int code, string sql, bool mayQuote)
    {
        bool quote = !closed && (mayQuote || (code & 0xff) == Sqlite.Constraint);
        return new SqliteException(code, sql, Words(quote ? Sqlite.sqlite3_errmsg(handle) : Sqlite.sqlite3_errstr(code)));
    }

    private static int Flags(SqliteOpenMode mode)
    {
        const int Always = Sqlite.OpenWithoutMutex | Sqlite.OpenPrivateCache | Sqlite.OpenExtendedCodes;
        return Always | mode switch
        {
            SqliteOpenMode.ReadOnly => Sqlite.OpenReadOnly,
            SqliteOpenMode.ReadWrite => Sqlite.OpenReadWrite,
            _ => Sqlite.OpenReadWrite | Sqlite.OpenCreate,
        };
    }

    private static string Words(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "unknown error";

    /// <summary>SQLite asks whether to try again; <paramref name="times"/> counts how often it did for this lock.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int WaitForLock(nint timeoutMilliseconds, int times)
    {
        const int Eager = 20;
        int waited = times <= Eager ? times : Eager + (2 * (times - Eager));
        if (waited >= timeoutMilliseconds) return 0;
        _ = Sqlite.sqlite3_sleep(times < Eager ? 1 : 2);
        return 1;
    }

    private void FinishLoans()
    {
        foreach (SqliteStatement statement in onLoan) statement.Finish();
        onLoan.Clear();
    }

    private SqliteStatement Compile(string sql)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(sql + '\0');
        fixed (byte* text = utf8)
        {
            nint statement;
            byte* tail;
            int code = Sqlite.sqlite3_prepare_v3(Handle, text, utf8.Length, Sqlite.PreparePersistent, &statement, &tail);
            if (code != Sqlite.Ok) throw Failure(code, sql, mayQuote: true);
            if (statement != 0 && IsBlank(utf8.AsSpan((int)(tail - text)))) return new SqliteStatement(this, statement, sql);
            _ = Sqlite.sqlite3_finalize(statement);
            throw new ArgumentException("Exactly one SQL statement is expected.", nameof(sql));
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> tail)
    {
        foreach (byte octet in tail)
        {
            if (octet is not ((byte)';' or (byte)' ' or (byte)'\r' or (byte)'\n' or (byte)'\t' or 0)) return false;
        }

        return true;
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Defms.Core.Storage;

/// <summary>
/// A prepared statement on loan from its connection; disposing gives it back, reset and without its values. Parameters count from 1 as in
/// <c>?1</c>, columns from 0. Use it on the thread that uses the connection, and not after disposing.
/// </summary>
public sealed unsafe class SqliteStatement : IDisposable
{
    private const int StackBytes = 512;

    private readonly SqliteConnection connection;
    private nint handle;
    private bool finished;

    internal SqliteStatement(SqliteConnection connection, nint handle, string sql)
    {
        this.connection = connection;
        this.handle = handle;
        Sql = sql;
        Place = new LinkedListNode<SqliteStatement>(this);
    }

    /// <summary>The text it was prepared from.</summary>
    public string Sql { get; }

    internal bool HasParameters => Sqlite.sqlite3_bind_parameter_count(handle) > 0;

    /// <summary>Where it stands: in the cache's order of use, or among those on loan; nowhere once it is finished.</summary>
    internal LinkedListNode<SqliteStatement> Place { get; }

    public SqliteStatement Bind(int index, long value) => Checked(Sqlite.sqlite3_bind_int64(handle, index, value));

    /// <summary>Bound as 1 or 0.</summary>
    public SqliteStatement Bind(int index, bool value) => Bind(index, value ? 1L : 0L);

    public SqliteStatement BindNull(int index) => Checked(Sqlite.sqlite3_bind_null(handle, index));

    /// <summary>Bound as UTF-8; null as NULL; half a surrogate pair becomes U+FFFD.</summary>
    public SqliteStatement Bind(int index, string? value)
    {
        if (value is null) return BindNull(index);
        byte[]? rented = null;
        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> utf8 = most <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            int length = Encoding.UTF8.GetBytes(value, utf8);
            fixed (byte* text = utf8) return Checked(Sqlite.sqlite3_bind_text(handle, index, text, length, Sqlite.Transient));
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>Bound as a blob, copied; an empty span is an empty blob, not NULL.</summary>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value)
    {
        byte nothing = 0;
        fixed (byte* bytes = value)
        {
            // A null pointer would mean NULL.
            byte* start = bytes is null ? &nothing : bytes;
            return Checked(Sqlite.sqlite3_bind_blob64(handle, index, start, (ulong)value.Length, Sqlite.Transient));
        }
    }

    /// <summary>Binds from <c>?1</c> on.</summary>
    public SqliteStatement Bind(params ReadOnlySpan<SqliteValue> values)
    {
        for (int i = 0; i < values.Length; i++) values[i].BindTo(this, i + 1);
        return this;
    }

    /// <summary>Goes to the next row. After a no it says no until <see cref="Reset"/>: nothing runs twice by accident.</summary>
    /// <exception cref="SqliteException">SQLite refuses; the statement can be reset or disposed.</exception>
    public bool Step()
    {
        if (finished) return false;
        int code = Sqlite.sqlite3_step(handle);
        if (code == Sqlite.Row) return true;
        finished = true;
        if (code != Sqlite.Done) throw connection.Failure(code, Sql, mayQuote: !HasParameters);
        return false;
    }

    /// <summary>Runs to the end and resets, keeping the values, so that a loop can bind and execute again.</summary>
    /// <returns>How many rows an INSERT, UPDATE or DELETE touched; meaningless for others.</returns>
    public long Execute()
    {
        try
        {
            while (Step())
            {
                // Rows of a statement that is run for its effect are of no interest.
            }

            return connection.Changes;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Back to before the first row; values stay bound.</summary>
    public SqliteStatement Reset()
    {
        // Reset repeats the error of the last step, which was already thrown.
        _ = Sqlite.sqlite3_reset(handle);
        finished = false;
        return this;
    }

    public bool IsNull(int column) => Sqlite.sqlite3_column_type(handle, column) == Sqlite.NullType;

    /// <summary>The integer; 0 where the column is NULL.</summary>
    public long Long(int column) => Sqlite.sqlite3_column_int64(handle, column);

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    /// <summary>The integer, which the schema keeps within 32 bits.</summary>
    public int Int(int column) => checked((int)Long(column));

    public bool Bool(int column) => Long(column) != 0;

    /// <summary>The text; an empty string where the column is NULL.</summary>
    public string String(int column) => StringOrNull(column) ?? "";

    public string? StringOrNull(int column)
    {
        byte* text = Sqlite.sqlite3_column_text(handle, column);
        return text is null ? null : Encoding.UTF8.GetString(text, Sqlite.sqlite3_column_bytes(handle, column));
    }

    /// <summary>A copy of whatever is there, to bind elsewhere.</summary>
    internal SqliteValue Value(int column) => Sqlite.sqlite3_column_type(handle, column) switch
    {
        Sqlite.IntegerType => Long(column),
        Sqlite.TextType => String(column),
        Sqlite.BlobType => Bytes(column),
        _ => SqliteValue.Null,
    };

    /// <summary>A copy of the blob; empty where the column is NULL.</summary>
    public byte[] Bytes(int column) => Span(column).ToArray();

    public byte[]? BytesOrNull(int column) => IsNull(column) ? null : Bytes(column);

    /// <summary>The blob in SQLite's own memory, valid until the next step, reset or dispose; empty where the column is NULL.</summary>
    public ReadOnlySpan<byte> Span(int column)
    {
        byte* bytes = Sqlite.sqlite3_column_blob(handle, column);
        return bytes is null ? default : MemoryMarshal.CreateReadOnlySpan(ref *bytes, Sqlite.sqlite3_column_bytes(handle, column));
    }

    /// <summary>Gives the statement back to its connection.</summary>
    public void Dispose()
    {
        if (connection.HasLent(this)) connection.TakeBack(this);
    }

    internal void Clear()
    {
        Reset();
        _ = Sqlite.sqlite3_clear_bindings(handle);
    }

    internal void Finish()
    {
        _ = Sqlite.sqlite3_finalize(handle);
        handle = 0;
    }

    private SqliteStatement Checked(int code) => code == Sqlite.Ok ? this : throw connection.Failure(code, Sql, mayQuote: false);
}

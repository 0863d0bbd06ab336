using System.Runtime.InteropServices;

namespace Defms.Core.Storage;

/// <summary>
/// The functions of libsqlite3 that the store calls, named as in sqlite3.h. <see cref="SqliteLibrary.Load"/> comes before any of them,
/// which is why none has SuppressGCTransition: such imports are bound when a method that calls them is compiled, not when it runs.
/// </summary>
internal static unsafe partial class Sqlite
{
    internal const int Ok = 0;
    internal const int Busy = 5;
    internal const int Locked = 6;
    internal const int ReadOnly = 8;
    internal const int Corrupt = 11;
    internal const int Full = 13;
    internal const int Constraint = 19;
    internal const int NotADatabase = 26;
    internal const int Row = 100;
    internal const int Done = 101;

    internal const int OpenReadOnly = 0x1;
    internal const int OpenReadWrite = 0x2;
    internal const int OpenCreate = 0x4;
    internal const int OpenWithoutMutex = 0x8000;
    internal const int OpenPrivateCache = 0x40000;
    internal const int OpenExtendedCodes = 0x02000000;

    internal const uint PreparePersistent = 1;
    internal const int IntegerType = 1;
    internal const int TextType = 3;
    internal const int BlobType = 4;
    internal const int NullType = 5;

    /// <summary>SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.</summary>
    internal const nint Transient = -1;

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_libversion_number();

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_compileoption_used(byte* option);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_open_v2(byte* path, nint* connection, int flags, byte* vfs);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_close_v2(nint connection);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_busy_handler(nint connection, delegate* unmanaged[Cdecl]<nint, int, int> handler, nint state);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_sleep(int milliseconds);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial byte* sqlite3_errmsg(nint connection);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial byte* sqlite3_errstr(int code);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_exec(nint connection, byte* sql, nint callback, nint state, nint error);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_prepare_v3(nint connection, byte* sql, int length, uint flags, nint* statement, byte** tail);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_step(nint statement);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_reset(nint statement);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_finalize(nint statement);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_bind_blob64(nint statement, int index, byte* bytes, ulong length, nint destructor);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_bind_text(nint statement, int index, byte* text, int length, nint destructor);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial byte* sqlite3_column_text(nint statement, int column);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_get_autocommit(nint connection);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial long sqlite3_changes64(nint connection);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial long sqlite3_last_insert_rowid(nint connection);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_clear_bindings(nint statement);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_bind_parameter_count(nint statement);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_bind_int64(nint statement, int index, long value);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_bind_null(nint statement, int index);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_column_type(nint statement, int column);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial long sqlite3_column_int64(nint statement, int column);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_column_bytes(nint statement, int column);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial nint sqlite3_backup_init(nint to, byte* toName, nint from, byte* fromName);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_backup_step(nint backup, int pages);

    [LibraryImport(SqliteLibrary.ImportName)]
    internal static partial int sqlite3_backup_finish(nint backup);
}

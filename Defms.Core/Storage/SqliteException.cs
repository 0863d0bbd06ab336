namespace Defms.Core.Storage;

/// <summary>
/// SQLite refused an operation. The message names the SQL text, which in this program never contains values, and SQLite's reason;
/// values that were bound to parameters never appear in it.
/// </summary>
/// <param name="extendedCode">SQLite's extended result code (sqlite.org/rescode.html).</param>
/// <param name="operation">The SQL text, or what was done to which file.</param>
/// <param name="detail">SQLite's own words.</param>
public sealed class SqliteException(int extendedCode, string operation, string detail)
    : StoreException($"{Abbreviate(operation)}: {detail} (SQLite code {extendedCode})")
{
    private const int LongestOperation = 160;

    /// <summary>The extended result code, such as 2067 (a UNIQUE constraint).</summary>
    public int ExtendedCode { get; } = extendedCode;

    /// <summary>The primary result code, such as 19 (a constraint).</summary>
    public int Code => ExtendedCode & 0xff;

    /// <summary>Another connection or process held the lock for longer than the busy timeout.</summary>
    public bool IsBusy => Code is Sqlite.Busy or Sqlite.Locked;

    /// <summary>The disk, or the file's page limit, is full.</summary>
    public bool IsFull => Code == Sqlite.Full;

    /// <summary>The file is damaged, or is no SQLite file at all.</summary>
    public bool IsCorrupt => Code is Sqlite.Corrupt or Sqlite.NotADatabase;

    /// <summary>The file, its folder or the connection does not allow writing.</summary>
    public bool IsReadOnly => Code == Sqlite.ReadOnly;

    /// <summary>A UNIQUE, NOT NULL, CHECK, FOREIGN KEY or type constraint forbids it.</summary>
    public bool IsConstraint => Code == Sqlite.Constraint;

    private static string Abbreviate(string operation)
    {
        string oneLine = string.Join(' ', operation.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return oneLine.Length <= LongestOperation ? oneLine : string.Concat(oneLine.AsSpan(0, LongestOperation), "…");
    }
}

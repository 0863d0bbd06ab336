using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage.Salvage;

/// <summary>
/// The schema of a file as SQLite keeps it: a table of texts, which it refuses as a whole when one of them is no SQL any more. A new store of
/// the same version says how each should read.
/// </summary>
internal static class DamagedSchema
{
    private const string ListSql = "SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid";
    private const string SetSql = "UPDATE sqlite_schema SET type = ?2, name = ?3, tbl_name = ?4, sql = ?5 WHERE rowid = ?1";

    private readonly record struct Entry(string Type, string Name, string Table, string? Sql);

    /// <summary>From now on the connection uses what of the schema can be understood, and may write it.</summary>
    internal static void Tolerate(SqliteConnection db)
    {
        db.Execute("PRAGMA writable_schema = ON");
        try
        {
            db.ScalarLong("SELECT count(*) FROM sqlite_schema");
        }
        catch (SqliteException e) when (e.IsCorrupt)
        {
            // The first statement says what is wrong with the schema; those behind it do with the rest.
        }
    }

    /// <summary>Gives every text that differs the words it should have.</summary>
    internal static void Mend(string path, SqliteConnection fresh)
    {
        using SqliteConnection db = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite);
        Tolerate(db);
        List<(long Row, Entry Entry)> found = List(db);
        List<Entry> wanted = [.. List(fresh).Select(each => each.Entry)];
        found.RemoveAll(each => wanted.Remove(each.Entry));
        foreach ((long row, Entry entry) in Pair(found, wanted))
            db.Execute(SetSql, row, entry.Type, entry.Name, entry.Table, entry.Sql);
    }

    /// <summary>By their names where these are whole; by their order where as many are wanted as are left.</summary>
    private static List<(long Row, Entry Entry)> Pair(List<(long Row, Entry Entry)> found, List<Entry> wanted)
    {
        List<(long Row, Entry Entry)> pairs = [];
        foreach ((long row, Entry entry) in found.ToList())
        {
            int at = wanted.FindIndex(each => each.Name == entry.Name);
            if (at < 0)
                continue;
            pairs.Add((row, wanted[at]));
            wanted.RemoveAt(at);
            found.Remove((row, entry));
        }
        return found.Count == wanted.Count ? [.. pairs, .. found.Zip(wanted, (each, entry) => (each.Row, entry))] : pairs;
    }

    private static List<(long Row, Entry Entry)> List(SqliteConnection db) =>
        db.All(row => (row.Long(0), new Entry(row.String(1), row.String(2), row.String(3), row.StringOrNull(4))), ListSql);
}

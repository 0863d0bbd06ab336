using Defms.Core.Storage;

namespace Defms.Faults.Commands;

/// <summary>
/// Makes of a store what it would be had its mail been stored by version 4, the first that knew the full-text index and forgetting. What is older
/// was never released, and lacks what only <c>verify --repair</c> can make anew from the mail.
/// </summary>
internal static class OldStore
{
    private static readonly SchemaMigrations Version4 = new(
        new Migration(1, SchemaVersion1.Sql), new Migration(2, SchemaFiling.Script), new Migration(3, SchemaFullText.Script), new Migration(4, SchemaForgetting.Script));

    /// <param name="store">The file; nobody has it open.</param>
    public static void Make(string store)
    {
        string old = store + ".old";
        using (SqliteConnection db = SqliteConnection.Open(old, SqliteOpenMode.ReadWriteCreate))
        {
            Version4.Apply(db, create: true);
            db.Execute("PRAGMA foreign_keys = OFF");
            db.Execute("ATTACH ?1 AS now", store);
            foreach (string table in Names(db, "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'search'"))
            {
                // The tables of the full-text index are not empty from the beginning.
                db.Execute($"DELETE FROM main.{table}");
                string columns = string.Join(", ", Names(db, $"SELECT name FROM pragma_table_info('{table}')"));
                db.Execute($"INSERT INTO main.{table}({columns}) SELECT {columns} FROM now.{table}");
            }
        }
        File.Move(old, store, overwrite: true);
    }

    private static List<string> Names(SqliteConnection db, string sql)
    {
        using SqliteStatement query = db.Prepare(sql);
        var names = new List<string>();
        while (query.Step())
            names.Add(query.String(0));
        return names;
    }
}

using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage.Salvage;

/// <summary>Brings all rows that can be read of a damaged store into a new one of the same version, and makes them fit together.</summary>
internal sealed class SalvagedRows(SqliteConnection from, SqliteConnection to)
{
    /// <summary>Tables without the parts of the full-text index, which is written anew.</summary>
    private const string TablesSql = """
        SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name
        """;

    private const string TriggersSql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
    private const string ParentsSql = """SELECT "from", "table", coalesce("to", 'rowid') FROM pragma_foreign_key_list(?1)""";
    private const string OwnChangesSql = "INSERT OR IGNORE INTO own_changes(message) SELECT id FROM messages ORDER BY id";

    /// <summary>How far hosts were told, by numbers of rows that may be given once more; and the texts of what is searched.</summary>
    private static readonly HashSet<string> Skipped = ["own_hosts", "searched", "searched_texts"];

    private static readonly HashSet<string> Derived =
        ["blocks", "conversations", "cursors", "message_ids", "messages", "missing_chunks", "own_changes", "own_machines", "parties", "refused"];

    /// <summary>What could not be brought over.</summary>
    internal IReadOnlyList<LostRows> Copy()
    {
        List<(string Name, string Sql)> triggers = to.All(row => (row.String(0), row.String(1)), TriggersSql);
        triggers.ForEach(trigger => to.Execute($"DROP TRIGGER {trigger.Name}"));
        List<(string Name, bool HasRowId)> tables = to.All(row => (row.String(0), !row.Bool(1)), TablesSql);
        List<LostRows> lost = [];
        foreach ((string name, bool hasRowId) in tables.Where(table => !Skipped.Contains(table.Name)))
        {
            var table = new SalvagedTable(from, to, name);
            if (!(hasRowId ? table.CopyByRow() : table.CopyByKey()))
                lost.Add(new LostRows(name, Derived.Contains(name)));
        }
        FitTogether([.. tables.Select(table => table.Name)]);
        triggers.ForEach(trigger => to.Execute(trigger.Sql));
        return lost;
    }

    /// <summary>What is derived is made where it is missing; what belongs to something that is gone goes too.</summary>
    private void FitTogether(List<string> tables)
    {
        using SqliteTransaction transaction = to.Begin();
        using var scope = new TableScope(to);
        new ConversationTable(scope).AddMissing();
        long gone;
        do
            gone = tables.Sum(table => ParentsOf(table).Sum(parent => RemoveOrphans(table, parent)));
        while (gone > 0);
        if (tables.Contains("own_changes"))
            to.Execute(OwnChangesSql);
        transaction.Commit();
    }

    private long RemoveOrphans(string table, (string Column, string Parent, string Key) link) => to.Execute(
        $"DELETE FROM {table} WHERE {link.Column} IS NOT NULL AND {link.Column} NOT IN (SELECT {link.Key} FROM {link.Parent} WHERE {link.Key} IS NOT NULL)");

    private List<(string Column, string Parent, string Key)> ParentsOf(string table) =>
        to.All(row => (row.String(0), row.String(1), row.String(2)), ParentsSql, table);
}

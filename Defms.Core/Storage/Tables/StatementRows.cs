namespace Defms.Core.Storage.Tables;

/// <summary>Rows of a query as values.</summary>
internal static class StatementRows
{
    /// <summary>All rows that are left.</summary>
    internal static List<T> All<T>(this SqliteStatement statement, Func<SqliteStatement, T> read)
    {
        List<T> rows = [];
        while (statement.Step()) rows.Add(read(statement));
        return rows;
    }

    /// <summary>The next row, or null when there is none.</summary>
    internal static T? First<T>(this SqliteStatement statement, Func<SqliteStatement, T> read)
        where T : class => statement.Step() ? read(statement) : null;

    /// <summary>All rows of a query without values or with few.</summary>
    internal static List<T> All<T>(this SqliteConnection db, Func<SqliteStatement, T> read, string sql, params ReadOnlySpan<SqliteValue> values)
    {
        using SqliteStatement statement = db.Query(sql, values);
        return statement.All(read);
    }

    /// <summary>The first row of a query, or null when there is none.</summary>
    internal static T? First<T>(this SqliteConnection db, Func<SqliteStatement, T> read, string sql, params ReadOnlySpan<SqliteValue> values)
        where T : class
    {
        using SqliteStatement statement = db.Query(sql, values);
        return statement.First(read);
    }
}

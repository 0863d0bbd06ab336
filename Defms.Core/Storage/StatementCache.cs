namespace Defms.Core.Storage;

/// <summary>Prepared statements at rest, found again by their SQL text; beyond the capacity the one used longest ago leaves.</summary>
internal sealed class StatementCache(int capacity)
{
    private readonly Dictionary<string, SqliteStatement> atRest = new(StringComparer.Ordinal);
    private readonly LinkedList<SqliteStatement> oldestFirst = new();

    internal int Count => atRest.Count;

    /// <summary>Takes a statement out; two users of one text at the same time need two statements.</summary>
    internal SqliteStatement? TryTake(string sql)
    {
        if (!atRest.Remove(sql, out SqliteStatement? statement)) return null;
        oldestFirst.Remove(statement.Place);
        return statement;
    }

    /// <summary>Lays a statement down and returns the one that has to be finalised for it, if any.</summary>
    internal SqliteStatement? Put(SqliteStatement statement)
    {
        if (!atRest.TryAdd(statement.Sql, statement)) return statement;
        oldestFirst.AddLast(statement.Place);
        return atRest.Count > capacity ? TryTake(oldestFirst.First!.Value.Sql) : null;
    }

    /// <summary>Takes all out.</summary>
    internal List<SqliteStatement> TakeAll()
    {
        List<SqliteStatement> all = [.. oldestFirst];
        oldestFirst.Clear();
        atRest.Clear();
        return all;
    }
}

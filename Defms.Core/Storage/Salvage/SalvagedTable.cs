using Defms.Core.Storage.Tables;

namespace Defms.Core.Storage.Salvage;

/// <summary>Copies one table out of a damaged file as far as its pages can be read. Its name and columns come from our own schema.</summary>
internal sealed class SalvagedTable
{
    private const string ColumnsSql = "SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid";

    /// <summary>Row numbers beyond this are never given.</summary>
    private const long LastRow = 1L << 53;

    /// <summary>Rows to a transaction.</summary>
    private const int Batch = 10_000;

    private readonly SqliteConnection from;
    private readonly SqliteConnection to;
    private readonly string name;
    private readonly IReadOnlyList<string> columns;
    private readonly IReadOnlyList<string> key;
    private readonly SalvagedNames names;
    private bool isWhole = true;

    internal SalvagedTable(SqliteConnection from, SqliteConnection to, string name)
    {
        (this.from, this.to, this.name) = (from, to, name);
        List<(string Name, int Key)> all = to.All(row => (row.String(0), row.Int(1)), ColumnsSql, name);
        columns = [.. all.Select(column => column.Name)];
        key = [.. all.Where(column => column.Key > 0).OrderBy(column => column.Key).Select(column => column.Name)];
        names = new SalvagedNames(name, columns);
    }

    private string Columns => string.Join(", ", columns);

    private string InsertSql => $"INSERT OR IGNORE INTO {name}({Columns}) VALUES({string.Join(", ", columns.Select((_, i) => $"?{i + 1}"))})";

    /// <summary>A table with row numbers: behind a page that cannot be read it goes on at the next that can. Returns whether all of it could.</summary>
    internal bool CopyByRow()
    {
        long? next = 1;
        while (next is { } start)
        {
            long last = start - 1;
            next = TryCopy($"SELECT rowid, {Columns} FROM {name} WHERE rowid >= ?1 ORDER BY rowid", [start], 1, row => last = row.Long(0)) ? null : NextReadable(last + 1);
        }
        return isWhole;
    }

    /// <summary>A table that lies by its key: from the front, then from the back. Returns whether all of it could be read.</summary>
    internal bool CopyByKey()
    {
        if (!TryCopy($"SELECT {Columns} FROM {name}", [], 0, _ => { }))
            TryCopy($"SELECT {Columns} FROM {name} ORDER BY {string.Join(", ", key.Select(column => $"{column} DESC"))}", [], 0, _ => { });
        return isWhole;
    }

    /// <summary>Copies the rows of a query until one cannot be read; false when that came.</summary>
    /// <param name="first">The column where the table's own begin.</param>
    private bool TryCopy(string sql, ReadOnlySpan<SqliteValue> values, int first, Action<SqliteStatement> seen)
    {
        try
        {
            using SqliteStatement rows = from.Query(sql, values);
            using SqliteStatement insert = to.Prepare(InsertSql);
            while (CopyBatch(rows, insert, first, seen))
            {
                // Each batch is a transaction.
            }
            return true;
        }
        catch (SqliteException e) when (!e.IsFull)
        {
            isWhole = false;
            return false;
        }
    }

    private bool CopyBatch(SqliteStatement rows, SqliteStatement insert, int first, Action<SqliteStatement> seen)
    {
        using SqliteTransaction transaction = to.Begin();
        bool isMore = true;
        try
        {
            for (int i = 0; i < Batch && (isMore = rows.Step()); i++)
            {
                seen(rows);
                Copy(rows, insert, first);
            }
        }
        finally
        {
            transaction.Commit();
        }
        return isMore;
    }

    private void Copy(SqliteStatement row, SqliteStatement insert, int first)
    {
        SqliteValue[] values = [.. Enumerable.Range(first, columns.Count).Select(row.Value)];
        try
        {
            if (names.TryMend(values))
                insert.Bind(values).Execute();
            else
                isWhole = false;
        }
        catch (SqliteException e) when (e.IsConstraint)
        {
            // A value that its column does not take is a row that was damaged.
            isWhole = false;
        }
    }

    /// <summary>The smallest row number from which on rows can be read again; null when there is none.</summary>
    private long? NextReadable(long after)
    {
        long bad = after - 1, good = after;
        for (long step = 1; !TryFind(good, out _); step *= 2)
        {
            bad = good;
            good += step;
            if (good > LastRow)
                return null;
        }
        while (good - bad > 1)
        {
            long middle = bad + ((good - bad) / 2);
            if (TryFind(middle, out _))
                good = middle;
            else
                bad = middle;
        }
        return TryFind(good, out long? row) ? row : null;
    }

    private bool TryFind(long start, out long? found)
    {
        found = null;
        try
        {
            using SqliteStatement row = from.Query($"SELECT rowid, {Columns} FROM {name} WHERE rowid >= ?1 ORDER BY rowid LIMIT 1", start);
            found = row.Step() ? row.Long(0) : null;
            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }
}

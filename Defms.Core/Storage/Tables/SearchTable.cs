using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// The index over FTS5. A row's number is the second of the message's date times <see cref="RowsPerSecond"/> and a count; where a second is full,
/// the next one is used.
/// </summary>
internal sealed class SearchTable(TableScope scope) : ISearchTable
{
    private const int RowsPerSecond = 1024;

    /// <summary>How far full seconds may push a row: a million messages of one second.</summary>
    private const int MostSecondsLate = 1024;

    /// <summary>Dates of strangers beyond this, 35 million years, are taken for it.</summary>
    private const long MostSeconds = 1L << 50;

    /// <summary>In characters: most mails are shorter, and on disk what they say takes about what their words take.</summary>
    private const int MostKept = 16_000;

    /// <summary>In characters; bounds the memory of a bulk import's transaction.</summary>
    private const int MostPending = 16_000_000;

    private const string LastOfSecondSql = "SELECT max(id) FROM searched WHERE id BETWEEN ?1 AND ?2";
    private const string AddRowSql = "INSERT INTO searched(id, message) VALUES(?1, ?2)";
    private const string AddWordsSql = """
        INSERT INTO search(rowid, subject, sender, recipients, copies, body, attachments, list) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """;
    private const string AddTextSql = "INSERT INTO searched_texts(id, text, whole) VALUES(?1, ?2, ?3)";
    private const string FindTextSql = """
        SELECT b.text, b.whole FROM searched s CROSS JOIN searched_texts b ON b.id = s.id WHERE s.message = ?1
        """;
    private const string FindRowSql = "SELECT id FROM searched WHERE message = ?1";
    private const string CountSql = "SELECT count(*) FROM searched";
    private const string RemoveRowSql = "DELETE FROM searched WHERE id = ?1";
    private const string RemoveWordsSql = """
        INSERT INTO search(search, rowid, subject, sender, recipients, copies, body, attachments, list) VALUES('delete', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """;
    private const string ClearWordsSql = "INSERT INTO search(search) VALUES('delete-all')";
    private const string ClearTextsSql = "DELETE FROM searched_texts";
    private const string ClearRowsSql = "DELETE FROM searched";

    private readonly List<Entry> pending = [];
    private int pendingLength;

    public void Add(long message, long date, SearchText text)
    {
        pending.Add(new Entry(message, date, text));
        pendingLength += text.Body.Length + text.Subject.Length + text.To.Length;
        if (pendingLength > MostPending) Write();
    }

    public bool Has(long message)
    {
        Write();
        return scope.Db.ScalarLong(FindRowSql, message) is not null;
    }

    public long Count()
    {
        Write();
        return scope.Db.ScalarLong(CountSql).GetValueOrDefault();
    }

    public bool Remove(long message, SearchText? text)
    {
        Write();
        if (scope.Db.ScalarLong(FindRowSql, message) is not { } row) return false;
        if (text is not null)
        {
            using SqliteStatement words = scope.Db.Prepare(RemoveWordsSql);
            BindWords(words, row, text).Execute();
        }

        scope.Db.Execute(RemoveRowSql, row);
        return true;
    }

    public void Clear()
    {
        pending.Clear();
        pendingLength = 0;
        scope.Db.Execute(ClearWordsSql);
        scope.Db.Execute(ClearTextsSql);
        scope.Db.Execute(ClearRowsSql);
    }

    public IReadOnlyList<SearchHit> Find(SearchRequest request)
    {
        Write();
        using SqliteStatement rows = SearchTableQuery.Of(request).Prepare(scope.Db);
        List<SearchHit> hits = [];
        HashSet<long> conversations = [];
        HashSet<string> mails = [];
        while (hits.Count < request.Limit && rows.Step())
        {
            long conversation = rows.Long(1);
            bool isNew = request.PerConversation ? conversations.Add(conversation) : mails.Add($"{conversation} {Convert.ToHexString(rows.Span(2))}");
            if (isNew) hits.Add(new SearchHit(rows.Long(0), conversation));
        }

        return hits;
    }

    public SearchedText? Text(long message)
    {
        Write();
        using SqliteStatement query = scope.Db.Query(FindTextSql, message);
        return query.Step() ? new SearchedText(query.String(0), query.Bool(1)) : null;
    }

    /// <summary>Writes what was added; FTS5 begins a new piece of its index whenever a row's number is not above the last.</summary>
    internal void Write()
    {
        if (pending.Count == 0) return;
        using SqliteStatement addRow = scope.Db.Prepare(AddRowSql);
        using SqliteStatement addText = scope.Db.Prepare(AddTextSql);
        using SqliteStatement addWords = scope.Db.Prepare(AddWordsSql);
        foreach ((long message, long date, SearchText text) in pending.OrderBy(entry => entry.Date))
        {
            long row = FreeRow(date);
            addRow.Bind(1, row).Bind(2, message).Execute();
            bool isWhole = text.Body.Length <= MostKept;
            addText.Bind(1, row).Bind(2, isWhole ? text.Body : text.Body[..MostKept]).Bind(3, isWhole).Execute();
            BindWords(addWords, row, text).Execute();
        }

        pending.Clear();
        pendingLength = 0;
    }

    /// <summary>The first row that a message from this moment on (Unix milliseconds) can have.</summary>
    internal static long FirstRow(long date)
    {
        long second = Math.DivRem(date, 1000, out long rest) - (rest < 0 ? 1 : 0);
        return Math.Clamp(second, -MostSeconds, MostSeconds) * RowsPerSecond;
    }

    /// <summary>The last row that a message before this moment can have.</summary>
    internal static long LastRow(long date) => FirstRow(date) + ((long)MostSecondsLate * RowsPerSecond);

    private long FreeRow(long date)
    {
        long row = FirstRow(date);
        while (scope.Db.ScalarLong(LastOfSecondSql, row, row + RowsPerSecond - 1) is { } last)
        {
            if (last + 1 < row + RowsPerSecond) return last + 1;
            row += RowsPerSecond;
        }

        return row;
    }

    private static SqliteStatement BindWords(SqliteStatement statement, long row, SearchText text) => statement
        .Bind(1, row)
        .Bind(2, SearchTableText.OfDocument(text.Subject))
        .Bind(3, SearchTableText.OfDocument(text.From))
        .Bind(4, SearchTableText.OfDocument(text.To))
        .Bind(5, SearchTableText.OfDocument(text.Cc))
        .Bind(6, SearchTableText.OfDocument(text.Body))
        .Bind(7, SearchTableText.OfDocument(text.Attachments))
        .Bind(8, SearchTableText.OfDocument(text.List));

    private sealed record Entry(long Message, long Date, SearchText Text);
}

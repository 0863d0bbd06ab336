using System.Text;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// A query as SQL: words become full-text expressions, everything else conditions on the message's row. The SQL is put together from constant
/// pieces, every text and number of the person is bound; in full-text expressions words stand in quotes and have nothing in them but letters.
/// The numbers among the flags are those of <see cref="MessageFlags"/>.
/// </summary>
internal sealed class SearchTableQuery
{
    /// <summary>Best matches are looked for among so many of the newest: judging one costs some microseconds.</summary>
    private const int MostJudged = 10_000;

    // The messages with a label, where no words lead to fewer.
    private const string Labelled = "(SELECT message FROM message_labels WHERE key = ";

    private const string Joined = """
        CROSS JOIN messages m ON m.id = s.message CROSS JOIN threads t ON t.id = m.thread
        WHERE m.flags & 8 = 0
        """;

    // A match in the subject or a name says more than one in a text.
    private const string Score = "bm25(search, 8.0, 5.0, 3.0, 2.0, 1.0, 3.0, 2.0)";

    private readonly StringBuilder conditions = new();

    // Text or integers, boxed: lists of small structs are compiled at start, which a cold search would wait for.
    private readonly List<object> values = [];
    private long first = long.MinValue;
    private long last = long.MaxValue;

    private SearchTableQuery()
    {
    }

    internal string Sql { get; private set; } = "";

    internal SqliteStatement Prepare(SqliteConnection db)
    {
        SqliteStatement statement = db.Prepare(Sql);
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] is string text) statement.Bind(i + 1, text);
            else statement.Bind(i + 1, (long)values[i]);
        }

        return statement;
    }

    /// <summary>Rows are message, conversation, digest of the octets; in order.</summary>
    internal static SearchTableQuery Of(SearchRequest request)
    {
        var query = new SearchTableQuery();
        List<SearchNode> wanted = [];
        List<SearchNode> unwanted = [];
        List<SearchNode> others = [];
        foreach (SearchNode node in request.Query is AllOf all ? all.Nodes : [request.Query])
        {
            if (node is NoneOf { Node: var excluded } && IsFullText(excluded)) unwanted.Add(excluded);
            else (IsFullText(node) ? wanted : others).Add(node);
        }

        string match = "";
        if (wanted.Count > 0) match = FullText(wanted, unwanted);
        else others.AddRange(unwanted.Select(node => new NoneOf(node)));
        query.Write(match, others, request.ByRelevance);
        return query;
    }

    private void Write(string match, List<SearchNode> others, bool byRelevance)
    {
        foreach (Dated dated in others.OfType<Dated>())
        {
            first = Math.Max(first, SearchTable.FirstRow(dated.From));
            last = Math.Min(last, SearchTable.LastRow(dated.Until));
        }

        string matched = match.Length == 0 ? "" : $"search MATCH {Bind(match)} AND ";
        string rows = $"BETWEEN {Bind(first)} AND {Bind(last)}";
        HasLabel? label = match.Length == 0 ? others.OfType<HasLabel>().FirstOrDefault() : null;
        string labelled = label is null ? "" : $"{Labelled}{Bind(label.Key)}) l CROSS JOIN ";
        string same = label is null ? "" : "ON s.message = l.message ";
        foreach (SearchNode node in others.Where(node => node != label))
        {
            conditions.Append(" AND ");
            WriteCondition(node);
        }

        string columns = "SELECT s.message, t.conversation, m.hash FROM";
        Sql = (match.Length > 0, byRelevance) switch
        {
            (false, _) => $"{columns} {labelled}searched s {same}{Joined} AND s.id {rows}{conditions} ORDER BY s.id DESC",
            (true, false) => $"{columns} search f CROSS JOIN searched s ON s.id = f.rowid {Joined} AND {matched}f.rowid {rows}{conditions} ORDER BY f.rowid DESC",
            (true, true) => $"""
                {columns} (SELECT rowid AS id, {Score} AS score FROM search WHERE {matched}rowid {rows} ORDER BY rowid DESC LIMIT {MostJudged}) f
                CROSS JOIN searched s ON s.id = f.id {Joined}{conditions} ORDER BY f.score, f.id DESC
                """,
        };
    }

    // The depth of a tree is bounded by its parser.
    private void WriteCondition(SearchNode node)
    {
        switch (node)
        {
            case var words when IsFullText(words):
                conditions.Append($"s.id IN (SELECT rowid FROM search WHERE search MATCH {Bind(FullText([words], []))})");
                break;
            case AllOf { Nodes: var all }:
                WriteList(all, " AND ", "1");
                break;
            case AnyOf { Nodes: var any }:
                WriteList(any, " OR ", "0");
                break;
            case NoneOf { Node: var excluded }:
                conditions.Append("NOT ");
                WriteCondition(excluded);
                break;
            case HasState { State: var state }:
                conditions.Append(StateCondition(state));
                break;
            case HasLabel label:
                conditions.Append($"EXISTS (SELECT 1 FROM message_labels x WHERE x.message = m.id AND x.key = {Bind(label.Key)})");
                break;
            case Dated dated:
                conditions.Append($"(m.date >= {Bind(dated.From)} AND m.date < {Bind(dated.Until)})");
                break;
            case InThread thread:
                conditions.Append($"t.conversation = {Bind(thread.Conversation ?? throw new ArgumentException("A thread has not been looked up.", nameof(node)))}");
                break;
            default:
                throw new ArgumentException($"Nothing is known of {node.GetType().Name}.", nameof(node));
        }
    }

    private void WriteList(IReadOnlyList<SearchNode> nodes, string between, string empty)
    {
        conditions.Append('(').Append(nodes.Count == 0 ? empty : "");
        for (int i = 0; i < nodes.Count; i++)
        {
            if (i > 0) conditions.Append(between);
            WriteCondition(nodes[i]);
        }

        conditions.Append(')');
    }

    private static string StateCondition(SearchState state) => state switch
    {
        SearchState.Unread => "(m.flags & 65 = 0)",
        SearchState.Read => "(m.flags & 65 <> 0)",
        SearchState.Flagged => "(m.flags & 2 <> 0)",
        SearchState.Answered => "(m.flags & 4 <> 0)",
        SearchState.Own => "(m.flags & 64 <> 0)",
        _ => "(m.attachments > 0)",
    };

    private string Bind(long value) => Bind((object)value);

    private string Bind(object value)
    {
        values.Add(value);
        return "?" + values.Count;
    }

    /// <summary>Whether FTS5 can answer it alone; a lone "not" it cannot.</summary>
    private static bool IsFullText(SearchNode node) => node switch
    {
        Phrase => true,
        AnyOf { Nodes: var any } => any.Count > 0 && any.All(IsFullText),
        AllOf { Nodes: var all } => all.Any(IsFullText) && all.All(part => IsFullText(part) || (part is NoneOf { Node: var excluded } && IsFullText(excluded))),
        _ => false,
    };

    private static string FullText(IReadOnlyList<SearchNode> wanted, IReadOnlyList<SearchNode> unwanted)
    {
        string all = string.Join(" AND ", wanted.Select(FullText));
        return unwanted.Count == 0 ? all : $"({all}) NOT ({string.Join(" OR ", unwanted.Select(FullText))})";
    }

    private static string FullText(SearchNode node) => node switch
    {
        Phrase phrase => FullText(phrase),
        AnyOf { Nodes: var any } => $"({string.Join(" OR ", any.Select(FullText))})",
        AllOf { Nodes: var all } => $"({FullText([.. all.Where(IsFullText)], [.. all.OfType<NoneOf>().Select(none => none.Node)])})",
        _ => throw new ArgumentException("Not of words alone.", nameof(node)),
    };

    private static string FullText(Phrase phrase)
    {
        string words = SearchTableText.OfQuery(phrase.Words, out bool isOpen);
        string column = phrase.Field switch
        {
            SearchField.Subject => "subject : ",
            SearchField.From => "sender : ",
            SearchField.To => "recipients : ",
            SearchField.Cc => "copies : ",
            SearchField.Body => "body : ",
            SearchField.Attachment => "attachments : ",
            SearchField.List => "list : ",
            _ => "",
        };
        return $"{column}\"{words}\"{(phrase.IsPrefix || isOpen ? " *" : "")}";
    }
}

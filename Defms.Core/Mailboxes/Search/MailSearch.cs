using Defms.Core.Blocks;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes.Search;

/// <summary>What is searched for, and how it is answered.</summary>
/// <param name="Query">In the language of <see cref="QueryParser"/>; an empty one means every message.</param>
public sealed record SearchQuestion(string Query)
{
    /// <summary>The best first instead of the newest.</summary>
    public bool ByRelevance { get; init; }

    /// <summary>Each message that fits, instead of one of each conversation.</summary>
    public bool PerMessage { get; init; }

    /// <summary>At most so many.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Whether the mails are read for the places where the words stand.</summary>
    public bool WithSnippets { get; init; } = true;
}

/// <summary>Something found.</summary>
/// <param name="Conversation">The conversation that shows it.</param>
/// <param name="Message">The message that fits best, or the newest.</param>
/// <param name="Thread">The thread it is in.</param>
/// <param name="Subject">The message's own, with what was found in it.</param>
/// <param name="Snippet">A line of its text; empty where none was asked for or the mail cannot be read.</param>
public sealed record SearchResult(ListedConversation Conversation, MessageRow Message, Cid Thread, MarkedText Subject, MarkedText Snippet);

/// <summary>Finds mail by what a person writes.</summary>
/// <param name="time">Says which day is today.</param>
public sealed class MailSearch(IStore<IMailTables> store, TimeProvider time)
{
    /// <summary>In characters: two lines of a terminal.</summary>
    private const int SnippetLength = 150;

    private static readonly MarkedText Nothing = new("", []);

    /// <exception cref="QueryException">The query cannot be understood, or names a thread that is not here.</exception>
    public IReadOnlyList<SearchResult> Find(SearchQuestion question)
    {
        SearchNode query = Parse(question.Query);
        return store.Read(tables =>
        {
            query = Resolve(tables, query, question.Query);
            IReadOnlyList<SearchHit> hits = tables.Search.Find(new SearchRequest(query, question.ByRelevance, !question.PerMessage, question.Limit));
            var subject = new Highlighter(query, SearchField.Subject);
            Highlighter? body = question.WithSnippets ? new Highlighter(query, SearchField.Body) : null;
            return (IReadOnlyList<SearchResult>)[.. hits.Select(hit => Describe(tables, hit, subject, body))];
        });
    }

    /// <summary>Conversations with a message that fits, the newest first.</summary>
    /// <param name="unreadOnly">Only those with unread mail.</param>
    /// <param name="limit">At most so many: those with the newest messages that fit.</param>
    /// <exception cref="QueryException">The query cannot be understood, or names a thread that is not here.</exception>
    public IReadOnlyList<ListedConversation> Conversations(string query, bool unreadOnly, int limit)
    {
        SearchNode parsed = Parse(query);
        return store.Read(tables =>
        {
            IReadOnlyList<SearchHit> hits = tables.Search.Find(new SearchRequest(
                Resolve(tables, parsed, query), ByRelevance: false, PerConversation: true, unreadOnly ? int.MaxValue : limit));
            IEnumerable<ConversationRow> rows = hits.Select(hit => tables.Conversations.Find(hit.Conversation)!);
            return (IReadOnlyList<ListedConversation>)[.. rows
                .Where(row => !unreadOnly || row.Unread > 0)
                .Take(limit)
                .OrderByDescending(row => row.Updated).ThenByDescending(row => row.Id)
                .Select(row => Mailbox.Describe(tables, row))];
        });
    }

    private SearchNode Parse(string query) =>
        QueryParser.TryParse(query, time, out SearchNode? node, out QueryError? error) ? node : throw new QueryException(query, error);

    /// <summary>Looks up the names of threads; the depth of a tree is bounded by its parser.</summary>
    private static SearchNode Resolve(IMailTables tables, SearchNode node, string query) => node switch
    {
        AllOf all => new AllOf([.. all.Nodes.Select(each => Resolve(tables, each, query))]),
        AnyOf any => new AnyOf([.. any.Nodes.Select(each => Resolve(tables, each, query))]),
        NoneOf none => new NoneOf(Resolve(tables, none.Node, query)),
        InThread thread => thread with { Conversation = ConversationOf(tables, thread, query) },
        _ => node,
    };

    private static long ConversationOf(IMailTables tables, InThread thread, string query)
    {
        try
        {
            return tables.Threads.Find(Naming.Thread(tables, thread.Name))!.Conversation;
        }
        catch (MailboxException e)
        {
            throw new QueryException(query, new QueryError(e.Message, thread.Position, thread.Name.Length));
        }
    }

    private static SearchResult Describe(IMailTables tables, SearchHit hit, Highlighter subject, Highlighter? body)
    {
        MessageRow row = tables.Messages.Find(hit.Message)!;
        ThreadRow thread = tables.Threads.Find(row.Thread)!;
        MarkedText snippet = body is null ? Nothing : Snippet(tables, thread, row, body);
        ListedConversation listed = Mailbox.Describe(tables, tables.Conversations.Find(hit.Conversation)!);
        return new SearchResult(listed, row, thread.Thread, subject.Mark(row.Subject), snippet);
    }

    /// <summary>From the beginning of the text that the index keeps; a long mail is opened where that does not have the words.</summary>
    private static MarkedText Snippet(IMailTables tables, ThreadRow thread, MessageRow message, Highlighter body)
    {
        if (tables.Search.Text(message.Id) is not { } kept)
            return Nothing;
        MarkedText snippet = body.Snippet(kept.Text, SnippetLength);
        bool isElsewhere = !kept.IsWhole && body.HasTerms && snippet.Marks.Count == 0;
        return isElsewhere && TextOf(tables, thread, message) is { } text ? body.Snippet(text, SnippetLength) : snippet;
    }

    private static string? TextOf(IMailTables tables, ThreadRow row, MessageRow message)
    {
        if (tables.Blocks.Find(row.Thread) is not { } genesis || tables.Blocks.Find(message.Cid) is not { } block)
            return null;
        return KeptMessage.ReadStart(genesis, row.Key, block, tables.Blocks) is { } octets ? MailMessage.Parse(octets).Text : null;
    }
}

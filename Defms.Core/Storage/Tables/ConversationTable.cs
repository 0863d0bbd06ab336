using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// Deleted messages count for nothing. Two messages of a conversation with the same content (where it is not known: the same octets) are one mail; it is unread while none of them is
/// read or the owner's own.
/// </summary>
internal sealed class ConversationTable(TableScope scope) : IConversationTable
{
    private const string Columns = "id, updated, newest, subject, from_text, to_text, messages, unread";

    private const string CreateSql = "INSERT INTO conversations DEFAULT VALUES";
    private const string FindSql = $"SELECT {Columns} FROM conversations WHERE id = ?1";
    private const string OfMessageIdSql = "SELECT conversation FROM message_ids WHERE message_id = ?1";
    private const string ClaimSql = """
        INSERT INTO message_ids(message_id, conversation) VALUES(?1, ?2) ON CONFLICT(message_id) DO NOTHING
        """;
    private const string MoveThreadsSql = "UPDATE threads SET conversation = ?1 WHERE conversation = ?2";
    private const string MoveMessageIdsSql = "UPDATE message_ids SET conversation = ?1 WHERE conversation = ?2";
    private const string RemoveSql = "DELETE FROM conversations WHERE id = ?1";
    private const string ListSql = $"""
        SELECT {Columns} FROM conversations WHERE messages > 0 ORDER BY updated DESC, id DESC
        """;
    private const string ListUnreadSql = $"""
        SELECT {Columns} FROM conversations WHERE unread > 0 ORDER BY updated DESC, id DESC
        """;
    private const string ForgetMessageIdsSql = "DELETE FROM message_ids";
    private const string AddMissingSql = """
        INSERT INTO conversations(id) SELECT DISTINCT conversation FROM threads t WHERE NOT EXISTS(SELECT 1 FROM conversations WHERE id = t.conversation)
        """;
    private const string ForgetEmptySql = "DELETE FROM conversations WHERE NOT EXISTS(SELECT 1 FROM threads t WHERE t.conversation = conversations.id)";
    private const string TextsSql = """
        SELECT m.subject, m.from_text, m.to_text, m.cc_text FROM threads t CROSS JOIN messages m ON m.thread = t.id
        WHERE t.conversation = ?1 AND (m.flags & 8) = 0
        """;

    private readonly ConversationCounts counts = new(scope);

    public long Create()
    {
        SqliteConnection db = scope.Db;
        db.Execute(CreateSql);
        return db.LastInsertRowId;
    }

    public ConversationRow? Find(long id) => scope.Db.First(Read, FindSql, id);

    public IReadOnlyList<long> OfMessageIds(IEnumerable<string> messageIds)
    {
        using SqliteStatement query = scope.Db.Prepare(OfMessageIdSql);
        SortedSet<long> found = [];
        foreach (string messageId in messageIds)
        {
            if (query.Reset().Bind(1, messageId).Step()) found.Add(query.Long(0));
        }

        return [.. found];
    }

    public void Claim(long conversation, IEnumerable<string> messageIds)
    {
        using SqliteStatement insert = scope.Db.Prepare(ClaimSql).Bind(2, conversation);
        foreach (string messageId in messageIds) insert.Bind(1, messageId).Execute();
    }

    public void Merge(long into, long from)
    {
        if (into == from) return;
        SqliteConnection db = scope.Db;
        bool showsNothing = Find(from) is null or { Messages: 0 };
        db.Execute(MoveThreadsSql, into, from);
        db.Execute(MoveMessageIdsSql, into, from);
        db.Execute(RemoveSql, from);

        // So that a new thread joins a long conversation, before its first message is counted, at the cost of a short one.
        if (!showsNothing) counts.Recount(into);
    }

    public void Count(long conversation, MessageRow added, bool isSameMail) => counts.Count(conversation, added, isSameMail);

    public void Recount(long conversation) => counts.Recount(conversation);

    public void Remove(long conversation) => scope.Db.Execute(RemoveSql, conversation);

    public int AddMissing() => (int)scope.Db.Execute(AddMissingSql);

    public void ForgetDerived()
    {
        scope.Db.Execute(ForgetMessageIdsSql);
        scope.Db.Execute(ForgetEmptySql);
    }

    public IReadOnlyList<ConversationRow> List(ConversationFilter filter)
    {
        string[] words = filter.Text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        using SqliteStatement query = scope.Db.Prepare(filter.UnreadOnly ? ListUnreadSql : ListSql);
        List<ConversationRow> found = [];
        while (found.Count < filter.Limit && query.Step())
        {
            ConversationRow row = Read(query);
            if (words.Length == 0 || HasAll(words, row.Id)) found.Add(row);
        }

        return found;
    }

    /// <summary>Each word in some header of some message. Compared here: SQLite folds the case of ASCII letters only.</summary>
    private bool HasAll(string[] words, long conversation)
    {
        List<string> left = [.. words];
        using SqliteStatement query = scope.Db.Query(TextsSql, conversation);
        while (left.Count > 0 && query.Step())
        {
            for (int column = 0; column < 4 && left.Count > 0; column++)
            {
                string text = query.String(column);
                left.RemoveAll(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
            }
        }

        return left.Count == 0;
    }

    private static ConversationRow Read(SqliteStatement row) => new(
        row.Long(0), row.Long(1), row.Long(2), row.String(3), row.String(4), row.String(5), row.Int(6), row.Int(7));
}

using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

/// <summary>Lists of messages are in the order of their dates, then of their names.</summary>
internal sealed class MessageTable(TableScope scope) : IMessageTable
{
    private const string Columns = """
        m.id, m.thread, m.cid, m.author, m.hash, m.size, m.date, m.message_id, m.subject, m.from_text, m.to_text, m.cc_text, m.attachments, m.flags,
          m.content, m.subject_key
        """;

    private const string FindNameSql = $"SELECT {Columns} FROM messages m WHERE m.cid = ?1";
    private const string FindRowSql = $"SELECT {Columns} FROM messages m WHERE m.id = ?1";
    private const string HasSql = "SELECT 1 FROM messages WHERE cid = ?1";
    private const string AddSql = """
        INSERT INTO messages(author, hash, size, date, message_id, subject, from_text, to_text, cc_text, attachments, content, subject_key, thread, cid, flags)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        """;
    private const string UpdateSql = """
        UPDATE messages SET author = ?1, hash = ?2, size = ?3, date = ?4, message_id = ?5, subject = ?6, from_text = ?7, to_text = ?8,
          cc_text = ?9, attachments = ?10, content = ?11, subject_key = ?12
        WHERE id = ?13
        """;
    private const string MoveSql = "UPDATE messages SET thread = ?2 WHERE id = ?1";
    private const string RemoveSql = "DELETE FROM messages WHERE id = ?1";
    private const string SetFlagsSql = "UPDATE messages SET flags = flags & ~?3 | ?2 WHERE id = ?1 AND flags <> (flags & ~?3 | ?2)";
    private const string NamesSql = "SELECT cid FROM messages WHERE thread = ?1 ORDER BY cid";
    private const string InThreadSql = $"SELECT {Columns} FROM messages m WHERE m.thread = ?1 ORDER BY m.date, m.cid";
    private const string InConversationSql = $"""
        SELECT {Columns} FROM threads t CROSS JOIN messages m ON m.thread = t.id WHERE t.conversation = ?1 ORDER BY m.date, m.cid
        """;

    // The join goes from the digest to the thread: the other way round it would read all of a conversation.
    private const string WithHashSql = $"""
        SELECT {Columns} FROM messages m CROSS JOIN threads t ON t.id = m.thread WHERE m.hash = ?2 AND t.conversation = ?1 ORDER BY m.date, m.cid
        """;
    // What is the same mail: by content where it is known, else by octets. The text is that of the index.
    private const string CopiesSql = $"""
        SELECT {Columns} FROM messages m CROSS JOIN threads t ON t.id = m.thread
        WHERE coalesce(m.content, m.hash) = ?2 AND t.conversation = ?1 ORDER BY m.date, m.cid
        """;
    private const string ConversationsOfCopiesSql = """
        SELECT t.conversation FROM messages m CROSS JOIN threads t ON t.id = m.thread WHERE coalesce(m.content, m.hash) = ?1 AND m.cid <> ?2
        """;
    private const string WithSubjectSql = $"""
        SELECT {Columns} FROM messages m WHERE m.subject_key = ?1 AND m.date BETWEEN ?2 AND ?3 ORDER BY m.date LIMIT ?4
        """;
    private const string IsFiledSql = """
        SELECT 1 FROM messages m CROSS JOIN threads t ON t.id = m.thread WHERE m.hash = ?1 AND t.filed = 1 LIMIT 1
        """;
    private const string BetweenSql = "SELECT cid FROM messages WHERE cid BETWEEN ?1 AND ?2 ORDER BY cid LIMIT ?3";

    private readonly MissingChunks missing = new(scope);
    private readonly RefusedMessages refused = new(scope);

    public MessageRow? Find(Cid message) => scope.Db.First(Read, FindNameSql, message.Value());

    public MessageRow? Find(long id) => scope.Db.First(Read, FindRowSql, id);

    public bool Has(Cid message)
    {
        using SqliteStatement query = scope.Db.Prepare(HasSql).Bind(1, message);
        return query.Step();
    }

    public long Add(MessageRow row)
    {
        SqliteConnection db = scope.Db;
        using SqliteStatement insert = BindContent(db.Prepare(AddSql), row);
        insert.Bind(13, row.Thread).Bind(14, row.Cid).Bind(15, (long)row.Flags).Execute();
        return db.LastInsertRowId;
    }

    public void Update(MessageRow row)
    {
        using SqliteStatement update = BindContent(scope.Db.Prepare(UpdateSql), row);
        update.Bind(13, row.Id).Execute();
    }

    public int SetFlags(IEnumerable<long> ids, MessageFlags set, MessageFlags clear)
    {
        using SqliteStatement update = scope.Db.Prepare(SetFlagsSql).Bind(2, (long)set).Bind(3, (long)clear);
        int changed = 0;
        foreach (long id in ids) changed += (int)update.Bind(1, id).Execute();
        return changed;
    }

    public void Move(long id, long thread) => scope.Db.Execute(MoveSql, id, thread);

    public void Remove(long id) => scope.Db.Execute(RemoveSql, id);

    public IReadOnlyList<Cid> Names(long thread) => scope.Db.All(row => row.Cid(0), NamesSql, thread);

    public IReadOnlyList<MessageRow> InThread(long thread) => scope.Db.All(Read, InThreadSql, thread);

    public IReadOnlyList<MessageRow> InConversation(long conversation) => scope.Db.All(Read, InConversationSql, conversation);

    public IReadOnlyList<MessageRow> WithHash(long conversation, ReadOnlySpan<byte> hash)
    {
        using SqliteStatement query = scope.Db.Prepare(WithHashSql).Bind(1, conversation).Bind(2, hash);
        return query.All(Read);
    }

    public IReadOnlyList<MessageRow> Copies(long conversation, MessageRow row)
    {
        using SqliteStatement query = scope.Db.Prepare(CopiesSql).Bind(1, conversation).Bind(2, SameAs(row));
        return query.All(Read);
    }

    public IReadOnlyList<long> ConversationsOfCopies(MessageRow row)
    {
        using SqliteStatement query = scope.Db.Prepare(ConversationsOfCopiesSql).Bind(1, SameAs(row)).Bind(2, row.Cid);
        SortedSet<long> found = [];
        while (query.Step()) found.Add(query.Long(0));
        return [.. found];
    }

    public IReadOnlyList<MessageRow> WithSubject(long subjectKey, long from, long to, int limit) =>
        scope.Db.All(Read, WithSubjectSql, subjectKey, from, to, limit);

    public bool IsFiled(ReadOnlySpan<byte> hash)
    {
        using SqliteStatement query = scope.Db.Prepare(IsFiledSql).Bind(1, hash);
        return query.Step();
    }

    public IReadOnlyList<Cid> Between(Cid low, Cid high, int limit) =>
        scope.Db.All(row => row.Cid(0), BetweenSql, low.Value(), high.Value(), limit);

    public void AddMissing(long message, IEnumerable<Cid> chunks) => missing.Add(message, chunks);

    public IReadOnlyList<Cid> Missing(long thread, long largest = long.MaxValue) => missing.Of(thread, largest);

    public IReadOnlyList<(Cid Chunk, long Thread)> AllMissing(int limit, long largest = long.MaxValue) => missing.All(limit, largest);

    public bool IsMissing(Cid chunk) => missing.Has(chunk);

    public IReadOnlyList<long> Arrived(IEnumerable<Cid> chunks) => missing.Arrived(chunks);

    public void Refuse(long thread, IEnumerable<Cid> messages) => refused.Add(thread, messages);

    public bool IsRefused(long thread, Cid message) => refused.Has(thread, message);

    private static SqliteStatement BindContent(SqliteStatement statement, MessageRow row)
    {
        BindIndexed(statement, row);
        _ = row.Content.IsDefault ? statement.BindNull(11) : statement.Bind(11, row.Content.Bytes);
        return row.SubjectKey is { } key ? statement.Bind(12, key) : statement.BindNull(12);
    }

    private static void BindIndexed(SqliteStatement statement, MessageRow row) => statement
        .Bind(1, row.Author)
        .Bind(2, row.Hash)
        .Bind(3, row.Size)
        .Bind(4, row.Date)
        .Bind(5, row.MessageId)
        .Bind(6, row.Subject)
        .Bind(7, row.From)
        .Bind(8, row.To)
        .Bind(9, row.Cc)
        .Bind(10, row.Attachments);

    /// <summary>The value that copies of one mail share.</summary>
    internal static ReadOnlySpan<byte> SameAs(MessageRow row) => row.Content.IsDefault ? row.Hash : row.Content.Bytes;

    private static MessageRow Read(SqliteStatement row) => new()
    {
        Id = row.Long(0),
        Thread = row.Long(1),
        Cid = row.Cid(2),
        Author = row.Did(3),
        Hash = row.Bytes(4),
        Size = row.Long(5),
        Date = row.Long(6),
        MessageId = row.StringOrNull(7),
        Subject = row.String(8),
        From = row.String(9),
        To = row.String(10),
        Cc = row.String(11),
        Attachments = row.Int(12),
        Flags = (MessageFlags)row.Int(13),
        Content = row.IsNull(14) ? default : ContentHash.From(row.Span(14)),
        SubjectKey = row.LongOrNull(15),
    };
}

using Defms.Core.Mailboxes;

namespace Defms.Core.Storage.Tables;

/// <summary>
/// What a conversation's row says of its messages: a part of <see cref="ConversationTable"/>. Counting one in and counting all anew agree.
/// In the SQL, 8 is <see cref="MessageFlags.Deleted"/> and 65 is <see cref="MessageFlags.Read"/> or <see cref="MessageFlags.Own"/>.
/// </summary>
internal sealed class ConversationCounts(TableScope scope)
{
    private const MessageFlags Seen = MessageFlags.Read | MessageFlags.Own;

    private const string RecountMailsSql = """
        UPDATE conversations SET (messages, unread) = (
          SELECT count(*), coalesce(sum(seen = 0), 0) FROM (
            SELECT max((m.flags & 65) <> 0) AS seen FROM threads t CROSS JOIN messages m ON m.thread = t.id
            WHERE t.conversation = ?1 AND (m.flags & 8) = 0 GROUP BY coalesce(m.content, m.hash)))
        WHERE id = ?1
        """;

    // The newest and the oldest of each thread stand at the ends of its index.
    private const string RecountNewestSql = """
        UPDATE conversations SET (updated, newest, newest_cid, from_text, to_text) = (
          SELECT m.date, m.thread, m.cid, m.from_text, m.to_text FROM threads t CROSS JOIN messages m ON m.id = (
            SELECT n.id FROM messages n WHERE n.thread = t.id AND (n.flags & 8) = 0 ORDER BY n.date DESC, n.cid DESC LIMIT 1)
          WHERE t.conversation = ?1 ORDER BY m.date DESC, m.cid DESC LIMIT 1)
        WHERE id = ?1
        """;
    private const string RecountOldestSql = """
        UPDATE conversations SET (oldest, oldest_cid, subject) = (
          SELECT m.date, m.cid, m.subject FROM threads t CROSS JOIN messages m ON m.id = (
            SELECT n.id FROM messages n WHERE n.thread = t.id AND (n.flags & 8) = 0 ORDER BY n.date, n.cid LIMIT 1)
          WHERE t.conversation = ?1 ORDER BY m.date, m.cid LIMIT 1)
        WHERE id = ?1
        """;

    private const string CountMailSql = "UPDATE conversations SET messages = messages + ?2, unread = unread + ?3 WHERE id = ?1";
    private const string CountNewestSql = """
        UPDATE conversations SET updated = ?2, newest = ?3, newest_cid = ?4, from_text = ?5, to_text = ?6
        WHERE id = ?1 AND (newest_cid IS NULL OR (updated, newest_cid) < (?2, ?4))
        """;
    private const string CountOldestSql = """
        UPDATE conversations SET oldest = ?2, oldest_cid = ?3, subject = ?4
        WHERE id = ?1 AND (oldest_cid IS NULL OR (oldest, oldest_cid) > (?2, ?3))
        """;

    // NULL where no other message shown is the same mail. From the digest to the thread, so that its cost is the number of copies.
    private const string CopySeenSql = """
        SELECT max((m.flags & 65) <> 0) FROM messages m CROSS JOIN threads t ON t.id = m.thread
        WHERE coalesce(m.content, m.hash) = ?2 AND t.conversation = ?1 AND m.cid <> ?3 AND (m.flags & 8) = 0
        """;

    internal void Count(long conversation, MessageRow added, bool isSameMail)
    {
        if (added.Flags.HasFlag(MessageFlags.Deleted)) return;
        SqliteConnection db = scope.Db;
        SqliteValue cid = added.Cid.Value();
        db.Execute(CountNewestSql, conversation, added.Date, added.Thread, cid, added.From, added.To);
        db.Execute(CountOldestSql, conversation, added.Date, cid, added.Subject);
        long? copySeen = isSameMail ? db.ScalarLong(CopySeenSql, conversation, MessageTable.SameAs(added).ToArray(), cid) : null;
        bool isSeen = (added.Flags & Seen) != MessageFlags.None;
        if (copySeen is null) db.Execute(CountMailSql, conversation, 1, isSeen ? 0 : 1);
        else if (isSeen && copySeen == 0) db.Execute(CountMailSql, conversation, 0, -1);
    }

    internal void Recount(long conversation)
    {
        SqliteConnection db = scope.Db;
        db.Execute(RecountMailsSql, conversation);
        db.Execute(RecountNewestSql, conversation);
        db.Execute(RecountOldestSql, conversation);
    }
}

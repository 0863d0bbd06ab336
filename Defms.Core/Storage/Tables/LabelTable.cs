using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Core.Storage.Tables;

/// <summary>In the SQL 8 is <see cref="MessageFlags.Deleted"/>.</summary>
internal sealed class LabelTable(TableScope scope) : ILabelTable
{
    private const string AddSql = "INSERT INTO message_labels(message, key, thread, name) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    private const string SpellSql = "UPDATE message_labels SET name = ?3 WHERE message = ?1 AND key = ?2 AND name <> ?3";
    private const string RemoveSql = "DELETE FROM message_labels WHERE message = ?1 AND key = ?2";
    private const string FindSql = "SELECT name FROM message_labels WHERE message = ?1 AND key = ?2";
    private const string SpellingSql = "SELECT name FROM message_labels WHERE key = ?1 ORDER BY name LIMIT 1";
    private const string InThreadSql = "SELECT message, name FROM message_labels WHERE thread = ?1 ORDER BY key";
    private const string InConversationSql = """
        SELECT l.key, min(l.name) FROM threads t CROSS JOIN message_labels l ON l.thread = t.id CROSS JOIN messages m ON m.id = l.message
        WHERE t.conversation = ?1 AND m.flags & 8 = 0 GROUP BY l.key ORDER BY l.key
        """;
    private const string ListSql = """
        SELECT min(l.name), count(DISTINCT t.conversation), count(DISTINCT coalesce(m.content, m.hash))
        FROM message_labels l CROSS JOIN messages m ON m.id = l.message CROSS JOIN threads t ON t.id = m.thread
        WHERE m.flags & 8 = 0 GROUP BY l.key ORDER BY l.key
        """;

    public bool Put(MessageRow message, Label label)
    {
        bool isNew = scope.Db.Execute(AddSql, message.Id, label.Key, message.Thread, label.Text) > 0;
        if (!isNew) scope.Db.Execute(SpellSql, message.Id, label.Key, label.Text);
        return isNew;
    }

    public bool Remove(long message, string key) => scope.Db.Execute(RemoveSql, message, key) > 0;

    public string? Find(long message, string key) => scope.Db.First(row => row.String(0), FindSql, message, key);

    public string? Spelling(string key) => scope.Db.First(row => row.String(0), SpellingSql, key);

    public ILookup<long, string> InThread(long thread) =>
        scope.Db.All(row => (Message: row.Long(0), Name: row.String(1)), InThreadSql, thread).ToLookup(row => row.Message, row => row.Name);

    public IReadOnlyList<string> InConversation(long conversation) => scope.Db.All(row => row.String(1), InConversationSql, conversation);

    public IReadOnlyList<LabelCount> List() => scope.Db.All(row => new LabelCount(row.String(0), row.Int(1), row.Int(2)), ListSql);
}

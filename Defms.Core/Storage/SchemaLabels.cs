namespace Defms.Core.Storage;

/// <summary>The step that adds labels. They go with the message; the records of them stay, as those of flags do.</summary>
internal static class SchemaLabels
{
    internal const string Script = """
        -- Key: what a label is compared by. The thread is the message's: the labels of a conversation are found by its threads.
        CREATE TABLE message_labels(
          message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
          key TEXT NOT NULL,
          thread INTEGER NOT NULL,
          name TEXT NOT NULL,
          PRIMARY KEY(message, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX message_labels_thread ON message_labels(thread, key, name, message);
        CREATE INDEX message_labels_key ON message_labels(key, name, message);

        CREATE TRIGGER record_label_new AFTER INSERT ON message_labels BEGIN
          INSERT INTO record_changes(kind, name) SELECT 'label', hex(cid) || ' ' || new.key FROM messages WHERE id = new.message
          ON CONFLICT DO UPDATE SET time = 0;
        END;
        -- Not where the label goes with its message, which is not there any more then.
        CREATE TRIGGER record_label_gone AFTER DELETE ON message_labels BEGIN
          INSERT INTO record_changes(kind, name) SELECT 'label', hex(cid) || ' ' || old.key FROM messages WHERE id = old.message
          ON CONFLICT DO UPDATE SET time = 0;
        END;
        """;
}

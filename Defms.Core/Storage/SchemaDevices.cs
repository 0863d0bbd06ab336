namespace Defms.Core.Storage;

/// <summary>The step that lets several machines of one owner share a mailbox: in which order messages came into this store, and by which machine.</summary>
internal static class SchemaDevices
{
    internal const string Script = """
        -- Messages in the order in which they came here: the owner's other machines read on from a row. AUTOINCREMENT never gives one twice,
        -- also when the newest messages are let go. The source is the tag of the own machine that brought it; NULL for what came otherwise.
        CREATE TABLE own_changes(
          row INTEGER PRIMARY KEY AUTOINCREMENT,
          message INTEGER NOT NULL UNIQUE REFERENCES messages(id) ON DELETE CASCADE,
          source BLOB
        ) STRICT;
        INSERT INTO own_changes(message) SELECT id FROM messages ORDER BY id;
        CREATE TRIGGER own_changes_message AFTER INSERT ON messages BEGIN
          INSERT OR REPLACE INTO own_changes(message) VALUES(new.id);
        END;

        -- Who signed last that he holds a thread, and which state of it.
        CREATE TABLE keepers(
          thread INTEGER NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
          identity BLOB NOT NULL,
          root BLOB,
          time INTEGER NOT NULL,
          PRIMARY KEY(thread, identity)
        ) STRICT, WITHOUT ROWID;

        -- The owner's other machines as they are reached: which store answers there, how far it was read, and how far it was told.
        CREATE TABLE own_machines(
          url TEXT NOT NULL PRIMARY KEY,
          epoch BLOB NOT NULL,
          row INTEGER NOT NULL,
          told INTEGER NOT NULL,
          tag BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """;
}

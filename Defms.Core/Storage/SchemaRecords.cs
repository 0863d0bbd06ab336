namespace Defms.Core.Storage;

/// <summary>
/// The step that lets the owner's machines agree on what is no mail: flags, contacts, deliveries. Triggers note what changes, whoever
/// changes it; a program says when (time 0 until then). In the SQL 399 are the person's flags (FilingFlags.Personal), 64 is Own and 512 Record.
/// </summary>
internal static class SchemaRecords
{
    internal const string Script = """
        -- What stands, for each key. Told: whether a message in a private thread says so.
        CREATE TABLE records(
          key TEXT NOT NULL PRIMARY KEY,
          time INTEGER NOT NULL,
          value TEXT NOT NULL,
          told INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX records_untold ON records(told, key) WHERE told = 0;
        CREATE INDEX records_time ON records(time);

        -- What clocks that are ahead have said; it does not stand yet.
        CREATE TABLE records_ahead(
          key TEXT NOT NULL,
          time INTEGER NOT NULL,
          value TEXT NOT NULL,
          PRIMARY KEY(key, time, value)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX records_ahead_time ON records_ahead(time);

        -- What was changed here and is not a record yet.
        CREATE TABLE record_changes(
          kind TEXT NOT NULL,
          name ANY NOT NULL,
          time INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY(kind, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX record_changes_time ON record_changes(time, kind, name);

        -- Threads of records, whose one party is the owner.
        CREATE TABLE private_threads(
          thread INTEGER PRIMARY KEY REFERENCES threads(id) ON DELETE CASCADE,
          created INTEGER NOT NULL,
          epoch INTEGER NOT NULL
        ) STRICT;

        INSERT INTO record_changes(kind, name) SELECT 'flags', cid FROM messages WHERE flags & 399 <> 0 AND flags & 576 = 0;
        INSERT INTO record_changes(kind, name) SELECT 'contact', identity FROM contacts;
        INSERT INTO record_changes(kind, name) SELECT 'card', identity FROM contacts;
        INSERT INTO record_changes(kind, name) SELECT 'binding', address FROM bindings;
        INSERT INTO record_changes(kind, name) SELECT DISTINCT 'delivery', m.cid FROM deliveries d JOIN messages m ON m.id = d.message;

        CREATE TRIGGER record_flags_new AFTER INSERT ON messages WHEN new.flags & 399 <> 0 AND new.flags & 576 = 0 BEGIN
          INSERT INTO record_changes(kind, name) VALUES('flags', new.cid) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_flags AFTER UPDATE OF flags ON messages WHEN (new.flags & 399) <> (old.flags & 399) AND new.flags & 512 = 0 BEGIN
          INSERT INTO record_changes(kind, name) VALUES('flags', new.cid) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_contact_new AFTER INSERT ON contacts BEGIN
          INSERT INTO record_changes(kind, name) VALUES('contact', new.identity), ('card', new.identity) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_contact AFTER UPDATE ON contacts BEGIN
          INSERT INTO record_changes(kind, name) VALUES('contact', new.identity), ('card', new.identity) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_contact_gone AFTER DELETE ON contacts BEGIN
          INSERT INTO record_changes(kind, name) VALUES('contact', old.identity) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_binding_new AFTER INSERT ON bindings BEGIN
          INSERT INTO record_changes(kind, name) VALUES('binding', new.address) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_binding AFTER UPDATE ON bindings BEGIN
          INSERT INTO record_changes(kind, name) VALUES('binding', new.address) ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_delivery_new AFTER INSERT ON deliveries BEGIN
          INSERT INTO record_changes(kind, name) SELECT 'delivery', cid FROM messages WHERE id = new.message ON CONFLICT DO UPDATE SET time = 0;
        END;
        CREATE TRIGGER record_delivery AFTER UPDATE OF state ON deliveries WHEN new.state <> old.state BEGIN
          INSERT INTO record_changes(kind, name) SELECT 'delivery', cid FROM messages WHERE id = new.message ON CONFLICT DO UPDATE SET time = 0;
        END;
        """;
}

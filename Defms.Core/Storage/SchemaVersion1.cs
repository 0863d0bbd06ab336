namespace Defms.Core.Storage;

/// <summary>
/// The tables of a store, as version 1 made them. Later versions change them by steps of their own: this text is never edited once released.
/// Enumerations are stored as the numbers of their C# types, times as Unix milliseconds, names as their bytes (an absent identity as an
/// empty blob, an absent CID as NULL).
/// </summary>
internal static class SchemaVersion1
{
    internal const string Sql = """
        -- What the person set, and what the store knows of itself.
        CREATE TABLE settings(
          name TEXT NOT NULL PRIMARY KEY,
          value ANY NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Bytes by name. The row number keeps the data in order of arrival: only the index of names is written at random places.
        CREATE TABLE blocks(
          id INTEGER PRIMARY KEY,
          cid BLOB NOT NULL UNIQUE,
          data BLOB NOT NULL
        ) STRICT;

        -- Threads and branches that the person reads as one. Everything but the id is a count over the messages, kept so that a list is
        -- one walk along an index; all NULL and 0 while there is nothing to show. Newest and oldest are by date, then CID.
        CREATE TABLE conversations(
          id INTEGER PRIMARY KEY,
          updated INTEGER,
          newest INTEGER,
          newest_cid BLOB,
          from_text TEXT,
          to_text TEXT,
          oldest INTEGER,
          oldest_cid BLOB,
          subject TEXT,
          messages INTEGER NOT NULL DEFAULT 0,
          unread INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX conversations_shown ON conversations(updated DESC, id DESC) WHERE messages > 0;
        CREATE INDEX conversations_unread ON conversations(updated DESC, id DESC) WHERE unread > 0;

        -- Which conversation a Message-ID belongs to, also before its message is here.
        CREATE TABLE message_ids(
          message_id TEXT NOT NULL PRIMARY KEY,
          conversation INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX message_ids_conversation ON message_ids(conversation);

        -- Threads that the person can read. A conversation stays as long as a thread names it.
        CREATE TABLE threads(
          id INTEGER PRIMARY KEY,
          cid BLOB NOT NULL UNIQUE,
          key BLOB NOT NULL,
          root BLOB NOT NULL,
          count INTEGER NOT NULL,
          creator BLOB NOT NULL,
          branch_of BLOB,
          conversation INTEGER NOT NULL REFERENCES conversations(id)
        ) STRICT;
        CREATE INDEX threads_conversation ON threads(conversation);
        CREATE INDEX threads_branch_of ON threads(branch_of) WHERE branch_of IS NOT NULL;

        CREATE TABLE parties(
          thread INTEGER NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
          identity BLOB NOT NULL,
          PRIMARY KEY(thread, identity)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX parties_identity ON parties(identity, thread);

        -- The message index: all but the flags can be rebuilt from the blocks. Mail comes about in the order of its dates, so that a walk
        -- along a thread by date reads the rows about as they lie (by CID it takes ten times as long).
        CREATE TABLE messages(
          id INTEGER PRIMARY KEY,
          thread INTEGER NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
          cid BLOB NOT NULL UNIQUE,
          author BLOB NOT NULL,
          hash BLOB NOT NULL,
          size INTEGER NOT NULL,
          date INTEGER NOT NULL,
          message_id TEXT,
          subject TEXT NOT NULL,
          from_text TEXT NOT NULL,
          to_text TEXT NOT NULL,
          cc_text TEXT NOT NULL,
          attachments INTEGER NOT NULL,
          flags INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX messages_thread ON messages(thread, date, cid);
        CREATE INDEX messages_hash ON messages(hash);

        -- Chunks that a message still needs; the thread, which a message never changes, stands here too so that nobody asks its messages.
        CREATE TABLE missing_chunks(
          chunk BLOB NOT NULL,
          thread INTEGER NOT NULL,
          message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
          PRIMARY KEY(chunk, thread, message)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX missing_chunks_thread ON missing_chunks(thread, chunk);
        CREATE INDEX missing_chunks_message ON missing_chunks(message);

        -- Names that others gave as messages of a thread and that do not belong to it: they are not asked for again.
        CREATE TABLE refused(
          cid BLOB NOT NULL PRIMARY KEY,
          thread INTEGER NOT NULL REFERENCES threads(id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX refused_thread ON refused(thread);

        CREATE TABLE contacts(
          identity BLOB NOT NULL PRIMARY KEY,
          card BLOB NOT NULL,
          state INTEGER NOT NULL,
          verified INTEGER NOT NULL,
          added INTEGER NOT NULL
        ) STRICT;

        -- Endpoints that the person entered by hand, in his order.
        CREATE TABLE entered_endpoints(
          identity BLOB NOT NULL REFERENCES contacts(identity) ON DELETE CASCADE,
          place INTEGER NOT NULL,
          endpoint TEXT NOT NULL,
          PRIMARY KEY(identity, place)
        ) STRICT, WITHOUT ROWID;

        -- Which address means whom. It may come before the contact, so it does not refer to one.
        CREATE TABLE bindings(
          address TEXT NOT NULL PRIMARY KEY,
          identity BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX bindings_identity ON bindings(identity, address);

        -- The sentbox. Two addresses of one mail may mean the same identity.
        CREATE TABLE deliveries(
          id INTEGER PRIMARY KEY,
          message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
          identity BLOB NOT NULL,
          address TEXT NOT NULL,
          bcc INTEGER NOT NULL,
          state INTEGER NOT NULL,
          detail TEXT NOT NULL,
          updated INTEGER NOT NULL,
          announced INTEGER NOT NULL DEFAULT 0,
          UNIQUE(message, identity, address)
        ) STRICT;
        CREATE INDEX deliveries_state ON deliveries(state, updated);
        CREATE INDEX deliveries_unannounced ON deliveries(updated) WHERE state = 0 AND announced = 0;

        -- Announcements and receipts that their recipient has not acknowledged. Cursors name rows: AUTOINCREMENT never gives one twice.
        CREATE TABLE outgoing(
          row INTEGER PRIMARY KEY AUTOINCREMENT,
          kind INTEGER NOT NULL,
          id BLOB NOT NULL,
          recipient BLOB NOT NULL,
          thread BLOB,
          bytes BLOB NOT NULL,
          attempts INTEGER NOT NULL,
          next_attempt INTEGER NOT NULL,
          error TEXT
        ) STRICT;
        CREATE INDEX outgoing_id ON outgoing(id, kind);
        CREATE INDEX outgoing_next_attempt ON outgoing(next_attempt);
        CREATE INDEX outgoing_recipient ON outgoing(recipient);
        CREATE INDEX outgoing_untouched ON outgoing(recipient, thread) WHERE attempts = 0;

        -- The messages that an announcement speaks of.
        CREATE TABLE outgoing_messages(
          row INTEGER NOT NULL REFERENCES outgoing(row) ON DELETE CASCADE,
          place INTEGER NOT NULL,
          message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
          PRIMARY KEY(row, place)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX outgoing_messages_message ON outgoing_messages(message);

        -- The receipts given, so that a replay earns the same one.
        CREATE TABLE received(
          announcement BLOB NOT NULL PRIMARY KEY,
          sender BLOB NOT NULL,
          receipt BLOB NOT NULL,
          updated INTEGER NOT NULL
        ) STRICT;

        -- How far others' stores have been read.
        CREATE TABLE cursors(
          peer BLOB NOT NULL PRIMARY KEY,
          epoch BLOB NOT NULL,
          row INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- How far others have read this store.
        CREATE TABLE devices(
          identity BLOB NOT NULL,
          device BLOB NOT NULL,
          acknowledged INTEGER NOT NULL,
          updated INTEGER NOT NULL,
          PRIMARY KEY(identity, device)
        ) STRICT, WITHOUT ROWID;

        -- What strangers sent, unopened. The sums that the budget asks for are walks along an index.
        CREATE TABLE quarantine(
          id BLOB NOT NULL PRIMARY KEY,
          sender BLOB NOT NULL,
          network TEXT NOT NULL,
          arrived INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          card BLOB NOT NULL,
          car BLOB NOT NULL
        ) STRICT;
        CREATE INDEX quarantine_sender ON quarantine(sender, bytes);
        CREATE INDEX quarantine_network ON quarantine(network, bytes);
        """;
}

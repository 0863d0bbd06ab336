namespace Defms.Core.Storage;

/// <summary>
/// The step that adds hosts: what is held here for others, who holds what for the owner, and which hosts say that they hold mail of the
/// owner's. What is held has its place among <c>outgoing</c> rows (kinds 2 and 3), so that one cursor names a place in all that waits
/// for somebody; its blocks stand apart from the owner's own, which a collection counts from his threads.
/// </summary>
internal static class SchemaHosting
{
    internal const string Script = """
        -- Identities that mail is held for here, by agreement.
        CREATE TABLE served(
          identity BLOB NOT NULL PRIMARY KEY,
          name TEXT,
          epoch INTEGER NOT NULL,
          quota INTEGER NOT NULL,
          days INTEGER NOT NULL,
          keeps INTEGER NOT NULL,
          added INTEGER NOT NULL,
          contacted INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- What invitations offer; of the token itself only the digest.
        CREATE TABLE invitations(
          hash BLOB NOT NULL PRIMARY KEY,
          name TEXT,
          quota INTEGER NOT NULL,
          days INTEGER NOT NULL,
          keeps INTEGER NOT NULL,
          expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Announcements (kind 2) and receipts (kind 3) of others. The row in "outgoing" is NULL until all that belongs to it has come.
        CREATE TABLE held(
          id INTEGER PRIMARY KEY,
          kind INTEGER NOT NULL,
          announcement BLOB NOT NULL,
          recipient BLOB NOT NULL,
          sender BLOB NOT NULL,
          network TEXT NOT NULL,
          size INTEGER NOT NULL,
          arrived INTEGER NOT NULL,
          receipt BLOB,
          row INTEGER UNIQUE REFERENCES outgoing(row),
          acknowledged INTEGER NOT NULL DEFAULT 0,
          snapshot INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE UNIQUE INDEX held_item ON held(recipient, announcement, sender, kind);
        CREATE INDEX held_sender ON held(recipient, sender, acknowledged, size);
        CREATE INDEX held_network ON held(recipient, network, acknowledged, size);
        CREATE INDEX held_row ON held(recipient, row) WHERE row IS NOT NULL;
        CREATE INDEX held_replica ON held(recipient, row, size) WHERE acknowledged = 1 AND snapshot = 0;
        CREATE INDEX held_arrived ON held(recipient, arrived);

        CREATE TABLE held_blocks(
          id INTEGER PRIMARY KEY,
          cid BLOB NOT NULL UNIQUE,
          data BLOB NOT NULL
        ) STRICT;

        CREATE TABLE held_parts(
          item INTEGER NOT NULL REFERENCES held(id),
          place INTEGER NOT NULL,
          block INTEGER NOT NULL REFERENCES held_blocks(id),
          PRIMARY KEY(item, place)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX held_parts_block ON held_parts(block, item);

        -- Which hosts say that they hold an announcement of ours, and when somebody else is tried again.
        CREATE TABLE holders(
          row INTEGER NOT NULL REFERENCES outgoing(row) ON DELETE CASCADE,
          identity BLOB NOT NULL,
          again INTEGER NOT NULL,
          PRIMARY KEY(row, identity)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX holders_again ON holders(again);

        -- Who holds mail for the owner.
        CREATE TABLE hosts(
          identity BLOB NOT NULL PRIMARY KEY,
          url TEXT NOT NULL,
          name TEXT NOT NULL,
          quota INTEGER NOT NULL,
          days INTEGER NOT NULL,
          used INTEGER NOT NULL,
          items INTEGER NOT NULL,
          added INTEGER NOT NULL,
          contacted INTEGER NOT NULL,
          error TEXT
        ) STRICT, WITHOUT ROWID;
        """;
}

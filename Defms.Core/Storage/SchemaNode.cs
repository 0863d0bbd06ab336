namespace Defms.Core.Storage;

/// <summary>What an IPFS node keeps in place of this file (docs/decisions/0011).</summary>
internal static class SchemaNode
{
    internal const string Script = """
        -- Blocks whose bytes are with the node alone, where they were seen after they were pinned.
        CREATE TABLE node_blocks(
          id INTEGER PRIMARY KEY,
          cid BLOB NOT NULL UNIQUE,
          size INTEGER NOT NULL
        ) STRICT;

        -- The root that the node pins for a thread; pending while blocks below it may still lie here.
        CREATE TABLE node_pins(
          thread BLOB NOT NULL PRIMARY KEY,
          root BLOB NOT NULL,
          pending INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX outgoing_thread ON outgoing(thread) WHERE thread IS NOT NULL;
        """;
}

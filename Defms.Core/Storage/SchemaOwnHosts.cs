namespace Defms.Core.Storage;

/// <summary>The step that lets one owner's machines reach each other through hosts of his: how far each host was told.</summary>
internal static class SchemaOwnHosts
{
    internal const string Script = """
        -- For each host of the owner's: under which epoch of his keys, up to which own_changes row it was told mail and records, and the ids
        -- (16 bytes each) of the announcements that hold the private thread there.
        CREATE TABLE own_hosts(
          host BLOB NOT NULL PRIMARY KEY,
          epoch INTEGER NOT NULL,
          told INTEGER NOT NULL,
          noted INTEGER NOT NULL,
          thread BLOB,
          kept BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """;
}

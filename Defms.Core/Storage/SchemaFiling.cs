namespace Defms.Core.Storage;

/// <summary>Version 2 of the store: filed threads, and by what mails are the same or belong together where no identifier says so.</summary>
internal static class SchemaFiling
{
    internal const string Script = """
        ALTER TABLE threads ADD COLUMN filed INTEGER NOT NULL DEFAULT 0;

        -- NULL while the octets are not whole; then the digest of the octets stands in for it.
        ALTER TABLE messages ADD COLUMN content BLOB;
        CREATE INDEX messages_same ON messages(coalesce(content, hash));

        ALTER TABLE messages ADD COLUMN subject_key INTEGER;
        CREATE INDEX messages_subject ON messages(subject_key, date) WHERE subject_key IS NOT NULL;
        """;
}

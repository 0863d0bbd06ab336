namespace Defms.Core.Storage;

/// <summary>The step that lets a gateway find what it sent when a bounce comes: by a keyed digest, and what is remembered of it, sealed.</summary>
internal static class SchemaReturns
{
    internal const string Script = """
        ALTER TABLE submissions ADD COLUMN tag BLOB;
        ALTER TABLE submissions ADD COLUMN memory BLOB;
        CREATE INDEX submissions_tag ON submissions(tag) WHERE tag IS NOT NULL;
        """;
}

namespace Defms.Core.Storage;

/// <summary>The step that remembers which threads the person let go of, so that they do not come back by themselves.</summary>
internal static class SchemaForgetting
{
    internal const string Script = """
        CREATE TABLE forgotten(
          thread BLOB NOT NULL PRIMARY KEY,
          time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """;
}

namespace Defms.Core.Storage;

/// <summary>The step that lets a gateway sum up what waits for each person without reading the parcels.</summary>
internal static class SchemaAccountQuota
{
    internal const string Script = """
        CREATE INDEX parcels_waiting ON parcels(kept, recipient, bytes) WHERE kept = 1;
        """;
}

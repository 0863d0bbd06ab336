using System.Text.Json;
using System.Text.Json.Nodes;

namespace Defms.Core.Tests.Sealing;

/// <summary>Vectors of this repository, and the shared test data beside it.</summary>
internal static class TestFiles
{
    internal static JsonNode Vector(string name) => Read(Path.Combine(Repository(), "tests", "vectors", "sealing", name));

    /// <summary>Skips the test where the shared data is absent.</summary>
    internal static IEnumerable<(JsonNode Group, JsonNode Test)> Wycheproof(string name)
    {
        string shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(Repository(), "..", "shared");
        string path = Path.Combine(shared, "testdata", "crypto", "wycheproof", name);
        Assert.SkipUnless(File.Exists(path), $"The shared test data is absent: {path}");
        return Read(path)["testGroups"]!.AsArray().SelectMany(group => group!["tests"]!.AsArray().Select(test => (group, test!)));
    }

    internal static string Text(this JsonNode node, string field) => node[field]!.GetValue<string>();

    internal static int Number(this JsonNode node, string field) => node[field]!.GetValue<int>();

    internal static byte[] Bytes(this JsonNode node, string field) => Convert.FromHexString(node.Text(field));

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Defms.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside their repository.");
    }

    private static JsonNode Read(string path) =>
        JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException($"{path} is empty.");
}

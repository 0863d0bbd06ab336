using Defms.Gateway.Tests.Dns;
using YamlDotNet.RepresentationModel;

namespace Defms.Gateway.Tests.Authentication;

internal sealed record SpfCase(string Name, string Client, string Helo, string Sender, IReadOnlyList<string> Results, string? Explanation);

/// <summary>
/// One document of the openspf test suite: cases, and the zone as the only DNS. In it SPF records stand for TXT records unless a name has
/// TXT of its own, and TIMEOUT means that a name has no answer for the types not listed before it.
/// </summary>
internal sealed class SpfScenario
{
    private static readonly string[] Types = ["TXT", "A", "AAAA", "MX", "PTR"];

    private SpfScenario(YamlMappingNode document)
    {
        Zone = new ZoneResolver();
        Cases = [.. ((YamlMappingNode)document["tests"]).Select(entry => Case((YamlScalarNode)entry.Key, (YamlMappingNode)entry.Value))];
        foreach ((YamlNode name, YamlNode records) in (YamlMappingNode)document["zonedata"])
            Fill(((YamlScalarNode)name).Value!, (YamlSequenceNode)records);
    }

    public ZoneResolver Zone { get; }

    public IReadOnlyList<SpfCase> Cases { get; }

    public static IEnumerable<SpfScenario> Read(string path)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(path);
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>().Select(root => new SpfScenario(root))];
    }

    private static SpfCase Case(YamlScalarNode name, YamlMappingNode test)
    {
        YamlNode result = test["result"];
        return new SpfCase(
            name.Value!, Text(test["host"]), Text(test["helo"]), Text(test["mailfrom"]),
            result is YamlSequenceNode several ? [.. several.Select(Text)] : [Text(result)],
            test.Children.TryGetValue("explanation", out YamlNode? explanation) ? Text(explanation) : null);
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    private void Fill(string name, YamlSequenceNode records)
    {
        bool ownText = records.OfType<YamlMappingNode>().Any(record => Text(record.First().Key) == "TXT");
        var listed = new HashSet<string>();
        foreach (YamlNode node in records)
        {
            if (node is not YamlMappingNode record)
            {
                foreach (string type in Types.Except(listed))
                    Zone.Failing(name, type);
                continue;
            }

            (YamlNode key, YamlNode value) = record.First();
            string kind = Text(key) == "SPF" ? "TXT" : Text(key);
            if (Text(key) == "SPF" && ownText)
                continue;
            if (value is YamlScalarNode { Value: "NONE" })
                continue;
            listed.Add(kind);
            Add(name, kind, value);
        }
    }

    private void Add(string name, string type, YamlNode value)
    {
        _ = type switch
        {
            "TXT" => Zone.Txt(name, value is YamlSequenceNode strings ? string.Concat(strings.Select(Text)) : Text(value)),
            "A" => Zone.A(name, Text(value)),
            "AAAA" => Zone.Aaaa(name, Text(value)),
            "MX" => Zone.Mx(name, int.Parse(Text(value[0])), Text(value[1])),
            "PTR" => Zone.Ptr(name, Text(value)),
            "CNAME" => Zone.Cname(name, Text(value)),
            _ => throw new InvalidDataException($"{name} has a record of type {type}."),
        };
    }
}

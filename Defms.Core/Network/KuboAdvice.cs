using System.Text.Json;

namespace Defms.Core.Network;

/// <summary>What in a Kubo node's settings its owner should know of (github.com/ipfs/kubo docs/config.md).</summary>
internal static class KuboAdvice
{
    /// <summary>Settings are not nested deeper than a few levels; this bounds what a strange answer may cost.</summary>
    private const int MaxValues = 10_000;

    public static IReadOnlyList<string> Of(JsonElement config)
    {
        var advice = new List<string>();
        if (!IsSilent(config))
            advice.Add("The node tells the world's routing tables (the DHT) which blocks it has. For sealed threads nobody needs that: 'ipfs config --json Provide.Enabled false' and restart it.");
        if (HasUnsynced(config))
            advice.Add("The node's store does not sync what it writes (Datastore.Spec, \"sync\": false): a power cut can lose blocks that were moved to it.");
        return advice;
    }

    /// <summary>Whether nothing is provided: providing is off, or there is no routing at all.</summary>
    private static bool IsSilent(JsonElement config) =>
        At(config, "Routing", "Type") is { ValueKind: JsonValueKind.String } routing && routing.GetString() == "none"
        || At(config, "Provide", "Enabled") is { ValueKind: JsonValueKind.False }
        // Kubo before 0.38 had two switches: one for what is new, one for what is told again and again.
        || (At(config, "Provider", "Enabled") is { ValueKind: JsonValueKind.False } && IsNever(At(config, "Reprovider", "Interval")));

    private static bool IsNever(JsonElement? interval) =>
        interval is { ValueKind: JsonValueKind.String } text && text.GetString() is "0" or "0s" or "0m" or "0h";

    private static JsonElement? At(JsonElement config, string section, string name) =>
        config.ValueKind == JsonValueKind.Object && config.TryGetProperty(section, out JsonElement part) && part.ValueKind == JsonValueKind.Object
        && part.TryGetProperty(name, out JsonElement value) ? value : null;

    private static bool HasUnsynced(JsonElement config)
    {
        var open = new Stack<JsonElement>();
        if (At(config, "Datastore", "Spec") is { } spec)
            open.Push(spec);
        for (int seen = 0; seen < MaxValues && open.TryPop(out JsonElement value); seen++)
        {
            if (value.ValueKind == JsonValueKind.Array)
                value.EnumerateArray().ToList().ForEach(open.Push);
            if (value.ValueKind != JsonValueKind.Object)
                continue;
            if (value.TryGetProperty("sync", out JsonElement sync) && sync.ValueKind == JsonValueKind.False)
                return true;
            value.EnumerateObject().ToList().ForEach(property => open.Push(property.Value));
        }
        return false;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Defms.Benchmarks;

/// <summary>What a group's last run said, and where.</summary>
internal sealed record Standing(string Group, string Date, string Machine, string Versions, IReadOnlyList<Row> Rows);

/// <summary>
/// <c>docs/benchmarks.md</c> and the charts beside it, written from <c>docs/benchmarks/results.json</c>, which keeps the last run of each group.
/// </summary>
internal static class Scoreboard
{
    private const string Missed = "**missed**";

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string Folder = Path.Combine(Programs.Repository, "docs", "benchmarks");

    private static string Results => Path.Combine(Folder, "results.json");

    /// <summary>Keeps what a group has just measured, and writes the page anew.</summary>
    public static void Update(Group group, IReadOnlyList<Row> rows)
    {
        Directory.CreateDirectory(Folder);
        Dictionary<string, Standing> standings = Read();
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        standings[group.Name] = new Standing(group.Name, date, Machine.Describe(), Machine.Versions(group.Peers), rows);
        Standing[] ordered = [.. Group.All.Select(each => standings.GetValueOrDefault(each.Name)).OfType<Standing>()];
        File.WriteAllText(Results, JsonSerializer.Serialize(ordered, Indented) + "\n");
        File.WriteAllText(Path.Combine(Folder, $"{group.Name}.svg"), Chart.Draw(group.Title, rows));
        File.WriteAllText(Folder + ".md", Page(ordered));
    }

    private static Dictionary<string, Standing> Read() => !File.Exists(Results) ? []
        : JsonSerializer.Deserialize<Standing[]>(File.ReadAllText(Results), Indented)!.ToDictionary(standing => standing.Group);

    private static string Page(IReadOnlyList<Standing> standings)
    {
        Row[] aims = [.. standings.SelectMany(standing => standing.Rows).Where(row => row.Met is not null)];
        Row[] missed = [.. aims.Where(row => row.Met == false).OrderBy(row => row.Bound!.Standing(row.Median!.Value))];
        var page = new StringBuilder($"""
            # Benchmarks

            Written by `./bench`, which runs Defms and its peers side by side in one run. Medians; what they range over stands beside them. Absolute figures do
            not carry to another machine, ratios do. Bars show how many times as good as its target a figure is, 1 being just enough.

            {aims.Length - missed.Length} of {aims.Length} targets are met.

            """).Append('\n');
        if (missed.Length > 0)
            AppendMissed(page, missed);
        foreach (Standing standing in standings)
            AppendGroup(page, standing);
        return page.ToString();
    }

    private static void AppendMissed(StringBuilder page, Row[] missed)
    {
        page.Append("What misses its target, the farthest first:\n\n| figure | median | target | of the target |\n| --- | ---: | ---: | ---: |\n");
        foreach (Row row in missed)
            page.Append(CultureInfo.InvariantCulture, $"| {row.Figure} | {Number(row.Median)} {UnitOf(row)} | {Sign(row.Bound!)} | {row.Bound!.Standing(row.Median!.Value):0.00} |\n");
        page.Append('\n');
    }

    private static void AppendGroup(StringBuilder page, Standing standing)
    {
        Group group = Group.All.First(each => each.Name == standing.Group);
        page.Append(CultureInfo.InvariantCulture, $"## {group.Title}\n\n{group.About} `./bench {group.Name}`, {standing.Date}: {standing.Machine}; {standing.Versions}.\n\n");
        page.Append(CultureInfo.InvariantCulture, $"![{group.Title}](benchmarks/{group.Name}.svg)\n\n");
        page.Append("| figure | median | least–most | runs | target | |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
        foreach (Row row in standing.Rows)
            page.Append(Line(row)).Append('\n');
        page.Append('\n');
    }

    private static string Line(Row row)
    {
        if (row.Skipped is { } reason)
            return $"| {row.Figure} | | | | | not measured: {reason} |";
        string range = row.Runs is > 1 ? $"{Number(row.Min)}–{Number(row.Max)}" : "";
        string verdict = row.Met switch { true => "met", false => Missed, null => "" };
        return $"| {row.Figure} | {Number(row.Median)} {UnitOf(row)} | {range} | {row.Runs} | {(row.Bound is { } bound ? Sign(bound) : "")} | {verdict} |";
    }

    private static string Sign(Target target) => string.Create(CultureInfo.InvariantCulture, $"{(target.IsCeiling ? '≤' : '≥')} {target.Value:#,0.###}");

    /// <summary>A ratio has none: its name says what it compares.</summary>
    private static string UnitOf(Row row) => row.Runs is null ? "×" : row.Unit!;

    private static string Number(double? value) => value?.ToString(value < 10 ? "0.##" : value < 1000 ? "0.#" : "#,0", CultureInfo.InvariantCulture) ?? "";
}

using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Defms.Benchmarks;

/// <summary>A place to measure in: a temporary folder, and the printer of figures.</summary>
internal sealed class Bench : IDisposable
{
    /// <summary>How often a thing is measured; the median is quoted.</summary>
    public const int Runs = 5;

    private static readonly JsonSerializerOptions OneLine = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, double> medians = [];
    private List<Row> rows = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("defms-bench-").FullName;

    /// <summary>Seconds that <paramref name="work"/> takes.</summary>
    public static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static async Task<double> TimeAsync(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static void Say(string text) => Console.Error.WriteLine(text);

    /// <summary>Prints one figure with the median of its runs.</summary>
    /// <param name="target">What it is held against; null where there is none.</param>
    /// <param name="isCeiling">Whether smaller is better.</param>
    public void Report(string figure, string unit, IEnumerable<double> runs, double? target = null, bool isCeiling = false)
    {
        double[] sorted = [.. runs.Order()];
        medians[figure] = sorted[sorted.Length / 2];
        Print(new Row(figure)
        {
            Unit = unit,
            Median = Row.Rounded(medians[figure]),
            Min = Row.Rounded(sorted[0]),
            Max = Row.Rounded(sorted[^1]),
            Runs = sorted.Length,
            Bound = target is { } bound ? new Target(bound, isCeiling) : null,
        });
    }

    /// <summary>Prints how one figure stands to another of the same run; nothing when one of them was not measured.</summary>
    /// <param name="target">What it is held against; null where there is none.</param>
    /// <param name="isCeiling">Whether smaller is better.</param>
    public void Ratio(string figure, string over, string under, double? target = null, bool isCeiling = false)
    {
        if (!medians.TryGetValue(over, out double a) || !medians.TryGetValue(under, out double b))
            return;
        Print(new Row(figure)
        {
            Unit = $"{over} / {under}",
            Median = Row.Rounded(a / b),
            Bound = target is { } bound ? new Target(bound, isCeiling) : null,
        });
    }

    /// <summary>Prints that a figure could not be measured, and why.</summary>
    public void Skip(string figure, string reason) => Print(new Row(figure) { Skipped = reason });

    /// <summary>What was printed since the last call.</summary>
    public IReadOnlyList<Row> TakeRows()
    {
        List<Row> taken = rows;
        rows = [];
        return taken;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Print(Row row)
    {
        rows.Add(row);
        Console.Out.WriteLine(JsonSerializer.Serialize(row, OneLine));
    }
}

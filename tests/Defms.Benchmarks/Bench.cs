using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Defms.Benchmarks;

/// <summary>A place to measure in: a temporary folder, and the printer of figures.</summary>
internal sealed class Bench : IDisposable
{
    /// <summary>How often a thing is measured; the median is quoted.</summary>
    public const int Runs = 5;

    private readonly Dictionary<string, double> medians = [];

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
        Write(json =>
        {
            json.WriteString("figure", figure);
            json.WriteString("unit", unit);
            WriteNumber(json, "median", medians[figure]);
            WriteNumber(json, "min", sorted[0]);
            WriteNumber(json, "max", sorted[^1]);
            json.WriteNumber("runs", sorted.Length);
            if (target is not { } bound)
                return;
            json.WriteString("target", $"{(isCeiling ? "<=" : ">=")} {bound}");
            json.WriteBoolean("met", isCeiling ? medians[figure] <= bound : medians[figure] >= bound);
        });
    }

    /// <summary>Prints how one figure stands to another of the same run; nothing when one of them was not measured.</summary>
    /// <param name="target">What it is held against; null where there is none.</param>
    /// <param name="isCeiling">Whether smaller is better.</param>
    public void Ratio(string figure, string over, string under, double? target = null, bool isCeiling = false)
    {
        if (!medians.TryGetValue(over, out double a) || !medians.TryGetValue(under, out double b))
            return;
        Write(json =>
        {
            json.WriteString("figure", figure);
            json.WriteString("unit", $"{over} / {under}");
            WriteNumber(json, "ratio", a / b);
            if (target is not { } bound)
                return;
            json.WriteString("target", $"{(isCeiling ? "<=" : ">=")} {bound}");
            json.WriteBoolean("met", isCeiling ? a / b <= bound : a / b >= bound);
        });
    }

    /// <summary>Prints that a figure could not be measured, and why.</summary>
    public static void Skip(string figure, string reason) => Write(json =>
    {
        json.WriteString("figure", figure);
        json.WriteString("skipped", reason);
    });

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void WriteNumber(Utf8JsonWriter json, string name, double value) =>
        json.WriteNumber(name, Math.Round(value, value < 10 ? 3 : 1));

    private static void Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}

using System.Diagnostics;

namespace Defms.Benchmarks;

/// <summary>
/// Mail to measure with, as Maildirs: the generated corpora of ../shared/bench (or the folder in DEFMS_BENCH_TOOLS) and the SpamAssassin ham of
/// ../shared/testdata. Made once and kept in artifacts/corpora.
/// </summary>
internal static class Corpora
{
    private const string ToolsVariable = "DEFMS_BENCH_TOOLS";

    /// <summary>Where they are kept.</summary>
    public static string Folder { get; } = Path.Combine(Programs.Repository, "artifacts", "corpora");

    /// <summary>10,000 mails of 20 KB on average, HTML and attachments among them.</summary>
    public static string? Generated() => Generate("generated-10k", "--n", "10100", "--count", "10000", "--seed", "1");

    /// <summary>100,000 mails of 2 KB, text only.</summary>
    public static string? Lite() => Generate("lite-100k", "--n", "100100", "--count", "100000", "--seed", "2", "--lite");

    /// <summary>The first 10,000 of <see cref="Lite"/>.</summary>
    public static string? LiteBeginning() => Generate("lite-10k", "--n", "100100", "--count", "10000", "--seed", "2", "--lite");

    /// <summary>2,498 real mails.</summary>
    public static string? Ham()
    {
        string source = Path.Combine(Programs.Repository, "..", "shared", "testdata", "mail", "easy-ham-1");
        return !Directory.Exists(source) ? null : Make("ham", folder =>
        {
            foreach (string part in (string[])["cur", "new", "tmp"])
                Directory.CreateDirectory(Path.Combine(folder, part));
            int number = 0;
            foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                File.Copy(file, Path.Combine(folder, "cur", $"{number++}.ham:2,S"));
        });
    }

    private static string? Generate(string name, params string[] arguments)
    {
        string script = Path.Combine(Environment.GetEnvironmentVariable(ToolsVariable) ?? Path.Combine(Programs.Repository, "..", "shared", "bench"), "corpus.py");
        return !File.Exists(script) || !Tool.IsHere("python3") ? null : Make(name, folder =>
        {
            Bench.Say($"generating the corpus {name} …");
            Tool.Run("python3", [script, .. arguments, "--out", folder]);
        });
    }

    /// <summary>The folder, made whole under another name first.</summary>
    private static string Make(string name, Action<string> fill)
    {
        string folder = Path.Combine(Folder, name);
        if (Directory.Exists(folder))
            return folder;
        string unfinished = folder + ".unfinished";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        fill(unfinished);
        Directory.Move(unfinished, folder);
        return folder;
    }
}

/// <summary>Another program, run to its end.</summary>
internal static class Tool
{
    public static bool IsHere(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>Its standard output.</summary>
    public static string Run(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        Measure(program, arguments, environment).Output;

    /// <summary>How long it ran, its standard output, and the most memory that it was seen with.</summary>
    public static ToolRun Measure(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(LookEvery(began)))
            peak = Math.Max(peak, PeakOf(process.Id));
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return process.ExitCode == 0
            ? new ToolRun(seconds, output.Result, peak)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.Result}");
    }

    /// <summary>A short run is not disturbed, and one of minutes not looked at needlessly.</summary>
    private static TimeSpan LookEvery(long began) => Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(100);

    private static long PeakOf(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

/// <summary>One run of a program.</summary>
internal sealed record ToolRun(double Seconds, string Output, long PeakBytes);

using System.Diagnostics;
using System.Globalization;
using Defms.Core.Tests.Fixtures;
using Xunit.Sdk;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>
/// Feeds a reader what grows out of valid seeds. An input that ends in a way not seen before (another refusal, another shape) joins the seeds, so that
/// the next ones begin where few have come. A failure prints the input, which <c>DEFMS_FUZZ_INPUT</c> (base64, or a file) then runs alone.
/// </summary>
/// <param name="grow">Makes an input out of the corpus.</param>
/// <param name="run">Reads an input and says how that ended; throws where a promise is broken.</param>
internal sealed class Fuzzer(string name, IEnumerable<byte[]> seeds, Func<Random, Corpus, byte[]> grow, Func<byte[], string> run)
{
    /// <summary>For <c>./test</c>. <c>DEFMS_FUZZ</c> names another number; <c>long</c> is a million.</summary>
    private const int Short = 20_000;

    private const int Long = 1_000_000;

    /// <summary>More is no test of a reader but of memory; the readers' own limits have tests of their own.</summary>
    private const int MaxInput = 64 * 1024;

    /// <summary>What an input of some kilobytes may allocate at most while it is read, beside a share of its own length.</summary>
    private const long MaxAllocated = 32 * 1024 * 1024;

    /// <summary>Thousands of times what inputs take; one that is over it is run again, because the machine may have been elsewhere.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    private readonly Corpus corpus = new([.. seeds]);
    private long slowest;
    private long largest;

    public static int Count { get; } = Environment.GetEnvironmentVariable("DEFMS_FUZZ") switch
    {
        null or "" => Short,
        "long" => Long,
        string given => int.Parse(given, CultureInfo.InvariantCulture),
    };

    public void Run()
    {
        if (Environment.GetEnvironmentVariable("DEFMS_FUZZ_INPUT") is { Length: > 0 } given)
        {
            Try(Convert.FromBase64String(File.Exists(given) ? File.ReadAllText(given) : given), "the given input");
            return;
        }
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < corpus.SeedCount; i++)
            corpus.Note(Try(corpus[i], $"seed {i}"), corpus[i]);
        for (int i = 0; i < Count; i++)
        {
            var random = new Random(unchecked((TestSeed.First * 1_000_003) + i));
            byte[] input = grow(random, corpus);
            if (input.Length > MaxInput)
                input = input[..MaxInput];
            corpus.Note(Try(input, $"{TestSeed.Variable}={TestSeed.First}, input {i}"), input);
        }
        string report = $"{name}: {Count} inputs in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s, {corpus.Outcomes} outcomes, {corpus.Count} in the corpus, "
            + $"slowest {Stopwatch.GetElapsedTime(0, slowest).TotalMilliseconds:N1} ms, largest allocation {largest / 1024} KiB";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("DEFMS_FUZZ_REPORT") is { Length: > 0 } file)
            File.AppendAllText(file, report + "\n");
    }

    private string Try(byte[] input, string which)
    {
        try
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            string outcome = run(input);
            long taken = Fastest(input, Stopwatch.GetTimestamp() - start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            (slowest, largest) = (Math.Max(slowest, taken), Math.Max(largest, allocated));
            Assert.True(Stopwatch.GetElapsedTime(0, taken) < MaxTime, $"took {Stopwatch.GetElapsedTime(0, taken).TotalMilliseconds:N0} ms");
            Assert.True(allocated < MaxAllocated + (256L * input.Length), $"allocated {allocated} bytes");
            return outcome;
        }
        catch (Exception e)
        {
            string file = Path.Combine(Path.GetTempPath(), $"defms-fuzz-{name}.txt");
            File.WriteAllText(file, Convert.ToBase64String(input));
            throw new XunitException($"{name}, {which}: {e.Message}\nDEFMS_FUZZ_INPUT={(input.Length < 2000 ? Convert.ToBase64String(input) : file)} runs it alone.", e);
        }
    }

    private long Fastest(byte[] input, long taken)
    {
        for (int again = 0; again < 3 && Stopwatch.GetElapsedTime(0, taken) > MaxTime / 2; again++)
        {
            long start = Stopwatch.GetTimestamp();
            run(input);
            taken = Math.Min(taken, Stopwatch.GetTimestamp() - start);
        }
        return taken;
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using Defms.Core.Tests.Fixtures;
using Xunit.Sdk;

namespace Defms.Core.Tests.Convergence;

/// <summary>
/// Stories by seed in a simulated network. DEFMS_SCHEDULES says how many (10,000 are the long form), DEFMS_SEED the first; what
/// breaks one is printed with its seed, by which it breaks again.
/// </summary>
public sealed class ConvergenceTests
{
    public const string Variable = "DEFMS_SCHEDULES";

    private const int Usual = 24;

    /// <summary>More of the same would say no more.</summary>
    private const int MostFailures = 5;

    [Fact]
    public void Honest_machines_agree_whatever_the_network_and_a_liar_do()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;
        var broken = new ConcurrentBag<string>();
        long requests = 0;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (i, loop) =>
        {
            int seed = unchecked(TestSeed.First + i);
            using var schedule = new Schedule(seed);
            try
            {
                OneAtATime.Run(schedule.RunAsync);
                Interlocked.Add(ref requests, schedule.Requests);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                broken.Add($"The seed {seed} breaks it (repeat it with {TestSeed.Variable}={seed} {Variable}=1): {e}\n  {string.Join("\n  ", schedule.Story)}");
                if (broken.Count >= MostFailures)
                    loop.Stop();
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} schedules from seed {TestSeed.First}, {requests} requests.");
        if (!broken.IsEmpty)
            throw new XunitException(string.Join("\n\n", broken));
    }
}

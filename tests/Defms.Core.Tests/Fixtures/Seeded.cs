using System.Diagnostics;

namespace Defms.Core.Tests.Fixtures;

/// <summary>Chance that can be had again: a failing run names its seed, and DEFMS_SEED runs that one alone.</summary>
internal static class Seeded
{
    private const string Variable = "DEFMS_SEED";

    /// <summary>Runs <paramref name="property"/> so many times, each with a seed of its own.</summary>
    public static void Check(int times, Action<Random> property)
    {
        bool chosen = int.TryParse(Environment.GetEnvironmentVariable(Variable), out int first);
        if (!chosen)
            first = unchecked((int)Stopwatch.GetTimestamp());
        for (int i = 0; i < (chosen ? 1 : times); i++)
            CheckOne(unchecked(first + i), property);
    }

    public static byte[] Bytes(this Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void CheckOne(int seed, Action<Random> property)
    {
        try
        {
            property(new Random(seed));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException($"Failed with {Variable}={seed}: {e.Message}", e);
        }
    }
}

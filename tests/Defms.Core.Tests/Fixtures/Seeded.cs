namespace Defms.Core.Tests.Fixtures;

/// <summary>Chance that can be had again: a failing run names its seed, and DEFMS_SEED set to it runs that one first.</summary>
internal static class Seeded
{
    /// <summary>Runs <paramref name="property"/> so many times, each with a seed of its own.</summary>
    public static void Check(int times, Action<Random> property)
    {
        foreach (int seed in Seeds(times))
        {
            try
            {
                property(new Random(seed));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw Failed(seed, e);
            }
        }
    }

    public static async Task CheckAsync(int times, Func<Random, Task> property)
    {
        foreach (int seed in Seeds(times))
        {
            try
            {
                await property(new Random(seed));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw Failed(seed, e);
            }
        }
    }

    public static byte[] Bytes(this Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<int> Seeds(int times) => Enumerable.Range(0, times).Select(i => unchecked(TestSeed.First + i));

    private static InvalidOperationException Failed(int seed, Exception cause) =>
        new($"Failed with {TestSeed.Variable}={seed}: {cause.Message}", cause);
}

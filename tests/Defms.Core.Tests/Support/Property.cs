using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Sealing;
using Xunit.Sdk;

namespace Defms.Core.Tests.Support;

/// <summary>
/// Runs a body on many seeds. The seed that broke it stands in the failure; DEFMS_SEED set to it makes that seed the first one.
/// </summary>
internal static class Property
{
    internal static void Holds(int rounds, Action<RandomSource> body)
    {
        int first = TestSeed.First;
        TestContext.Current.TestOutputHelper?.WriteLine($"Seeds {first} and the {rounds - 1} after it.");
        for (int round = 0; round < rounds; round++)
        {
            int seed = unchecked(first + round);
            try
            {
                body(new SeededRandomSource(seed));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new XunitException($"Broken by the seed {seed} (repeat it with DEFMS_SEED={seed}): {e.Message}", e);
            }
        }
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, even enough for tests.</summary>
    internal static int Below(this RandomSource random, int bound) => (int)(BitConverter.ToUInt32(random.Bytes(sizeof(uint))) % (uint)bound);

    internal static T Pick<T>(this RandomSource random, IReadOnlyList<T> items) => items[random.Below(items.Count)];

    /// <summary>The bytes after one to three random changes: a bit turned, bytes cut out, put in or doubled.</summary>
    internal static byte[] Mutate(this RandomSource random, ReadOnlySpan<byte> bytes)
    {
        List<byte> mutated = [.. bytes];
        for (int changes = 1 + random.Below(3); changes > 0; changes--)
        {
            int at = random.Below(mutated.Count + 1);
            int length = Math.Min(1 + random.Below(8), mutated.Count - at);
            switch (random.Below(4))
            {
                case 0 when at < mutated.Count: mutated[at] ^= (byte)(1 << random.Below(8)); break;
                case 1: mutated.RemoveRange(at, length); break;
                case 2: mutated.InsertRange(at, random.Bytes(1 + random.Below(8))); break;
                default: mutated.InsertRange(at, mutated.GetRange(at, length)); break;
            }
        }
        return [.. mutated];
    }
}

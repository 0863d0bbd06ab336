namespace Defms.Faults;

/// <summary>
/// How much of the harness runs. The long form breaks every operation off at each of its writes; the short one, a part of plain <c>./test</c>, at
/// a few of them that a seed chooses. <c>./test --faults</c> sets DEFMS_FAULTS=long; DEFMS_FAULTS_SEED has the short form choose others.
/// </summary>
internal static class Form
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("DEFMS_FAULTS") is "long";

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("DEFMS_FAULTS_SEED"), out int wish) ? wish : 6;

    /// <summary>All of them in the long form; in the short one some, always the same for one seed.</summary>
    /// <param name="all">In an order that does not change from run to run.</param>
    /// <param name="few">How many the short form takes.</param>
    public static IReadOnlyList<T> Choose<T>(IReadOnlyList<T> all, int few)
    {
        if (IsLong)
            return all;
        T[] mixed = [.. all];
        new Random(Seed).Shuffle(mixed);
        return mixed[..Math.Min(few, mixed.Length)];
    }

    /// <summary>One number or the other.</summary>
    public static int Of(int inLong, int inShort) => IsLong ? inLong : inShort;
}

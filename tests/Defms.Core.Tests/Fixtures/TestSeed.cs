using System.Globalization;

namespace Defms.Core.Tests.Fixtures;

/// <summary>
/// Where chance begins in tests: always at the same place, so that a test that turns red was turned by a change. DEFMS_SEED names another place, or
/// "random" for one nobody knows, which is how new faults are looked for.
/// </summary>
internal static class TestSeed
{
    public const string Variable = "DEFMS_SEED";

    private const int Usual = 1;

    public static int First { get; } = Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => Usual,
        "random" => BitConverter.ToInt32(RandomSource.System.Bytes(sizeof(int))),
        string given => int.Parse(given, CultureInfo.InvariantCulture),
    };
}

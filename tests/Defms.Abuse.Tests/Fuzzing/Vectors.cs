using Defms.Core.Tests.Fixtures;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>The golden vectors of the repository as seeds.</summary>
internal static class Vectors
{
    /// <summary>Every object that tests/vectors holds, small enough to be a seed.</summary>
    public static List<byte[]> Objects() =>
        [.. Directory.EnumerateFiles(TestData.Vectors(""), "*.cbor", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(bytes => bytes.Length is > 0 and < 4096)];

    /// <summary>What the rows of a vector file hold in hexadecimal.</summary>
    public static IEnumerable<byte[]> Rows(string path) =>
        File.ReadLines(TestData.Vectors(path)).Where(line => line.Length > 0 && line[0] != '#').SelectMany(line => line.Split(' ')).Select(FromHex).OfType<byte[]>();

    private static byte[]? FromHex(string word) =>
        word.Length is >= 2 and < 8192 && word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit) ? Convert.FromHexString(word) : null;
}

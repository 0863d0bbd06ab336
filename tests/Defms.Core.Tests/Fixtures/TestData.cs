using System.Runtime.CompilerServices;

namespace Defms.Core.Tests.Fixtures;

/// <summary>Where the files are that tests read: the vectors in this repository, and the test data of others in the folder beside it.</summary>
internal static class TestData
{
    private const string SharedVariable = "DEFMS_SHARED";

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A file or folder below tests/vectors.</summary>
    public static string Vectors(string path) => Path.Combine(Repository, "tests", "vectors", path);

    /// <summary>A file or folder below testdata in the shared folder; skips the test where it is absent.</summary>
    public static string Shared(string path)
    {
        string folder = Environment.GetEnvironmentVariable(SharedVariable) ?? Path.Combine(Repository, "..", "shared");
        string found = Path.GetFullPath(Path.Combine(folder, "testdata", path));
        if (!Path.Exists(found))
            Assert.Skip($"Needs the test data {found}; put it there or name its folder in {SharedVariable}.");
        return found;
    }

    /// <summary>The lines of a vector file, cut at their first spaces into at most so many words, without remarks (#) and blank lines.</summary>
    public static IEnumerable<string[]> VectorRows(string path, int words) =>
        from line in File.ReadLines(Vectors(path))
        where line.Length > 0 && line[0] != '#'
        select line.Split(' ', words);

    /// <summary>The bytes of a hexadecimal word of a vector file; <c>-</c> stands for none.</summary>
    public static byte[] Hex(string word) => word == "-" ? [] : Convert.FromHexString(word);

    private static string FindRepository([CallerFilePath] string thisFile = "")
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile) ?? "" })
        {
            for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Defms.sln")))
                    return folder;
            }
        }
        throw new InvalidOperationException($"No Defms.sln above {AppContext.BaseDirectory}.");
    }
}

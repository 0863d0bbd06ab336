namespace Defms.Core.Tests.Mime;

/// <summary>Test data beside the repository (or in DEFMS_SHARED). A test that needs a folder which is absent is skipped and says so.</summary>
internal static class SharedFiles
{
    /// <summary>The full path of a folder in the test data; skips the running test where it is absent.</summary>
    public static string Folder(string relative)
    {
        string? shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? BesideRepository();
        string path = Path.Combine(shared ?? "../shared", "testdata", relative);
        Assert.SkipUnless(Directory.Exists(path), $"test data folder {path} is absent");
        return path;
    }

    /// <summary>All files below a folder in a fixed order.</summary>
    public static IEnumerable<string> All(string relative, string pattern = "*") =>
        Directory.EnumerateFiles(Folder(relative), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>A file of this source tree, found from the folder that the tests run in.</summary>
    public static string? InRepository(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, relative);
            if (File.Exists(path))
                return path;
        }

        return null;
    }

    private static string? BesideRepository()
    {
        string? solution = InRepository("Defms.sln");
        return solution is null ? null : Path.Combine(Path.GetDirectoryName(solution)!, "..", "shared");
    }
}

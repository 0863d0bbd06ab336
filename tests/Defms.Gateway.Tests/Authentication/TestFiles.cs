namespace Defms.Gateway.Tests.Authentication;

/// <summary>Files of the repository, and the test data beside it (or in DEFMS_SHARED); a test whose data is absent is skipped and says so.</summary>
internal static class TestFiles
{
    public static string Vector(string relative) => Path.Combine(Repository(), "tests", "vectors", relative);

    public static string Shared(string relative)
    {
        string shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(Repository(), "..", "shared");
        string path = Path.Combine(shared, "testdata", relative);
        Assert.SkipUnless(Path.Exists(path), $"test data {path} is absent");
        return path;
    }

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Defms.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}

using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>Runs <c>defms demo</c> from a folder that holds all programs, as an installed copy does.</summary>
internal static class Demo
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>What it told, and its JSON document.</summary>
    public static async Task<(Result Told, JsonElement Document)> TellAsync(params string[] options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("defms-installed-");
        try
        {
            foreach ((string project, string program) in new[] { ("Defms.Cli", "defms"), ("Defms.Daemon", "defms-daemon"), ("Defms.Gateway", "defms-gateway") })
                Copy(Path.GetDirectoryName(Programs.PathOf(project, program))!, folder.FullName);
            Result told = await Programs.RunAsync(Path.Combine(folder.FullName, "defms"), ["demo", "--json", .. options], Limit);
            return (told, told.Json);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".pdb", StringComparison.Ordinal)))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}

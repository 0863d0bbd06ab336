namespace Defms.Core.Tests.Storage;

/// <summary>A folder of its own for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("defms-storage-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The permissions of a file or folder; Windows has none.</summary>
    public static UnixFileMode? ModeOf(string path) => OperatingSystem.IsWindows() ? null : System.IO.File.GetUnixFileMode(path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

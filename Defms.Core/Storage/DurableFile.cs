namespace Defms.Core.Storage;

/// <summary>
/// A file that is there whole or not at all: written under a temporary name in the same folder, synced, renamed over the old one, and the
/// folder synced. After <see cref="Commit"/> a power cut loses nothing; before it, and on any failure, the old file is untouched and
/// disposing removes the temporary one. (A killed process can leave a <c>.tmp</c> behind.)
/// </summary>
public sealed class DurableFile : IDisposable
{
    /// <summary>Mode 0600.</summary>
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Mode 0700.</summary>
    public const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private static int made;

    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;
    private bool ended;

    private DurableFile(string path, string temporary, FileStream stream) =>
        (this.path, this.temporary, this.stream) = (path, temporary, stream);

    /// <summary>Where the content goes; owned by this object.</summary>
    public Stream Stream => stream;

    /// <summary>Begins a file that does not show under its name before <see cref="Commit"/>.</summary>
    /// <param name="path">In a folder that exists.</param>
    /// <param name="mode">The permissions, which the process's umask can only narrow. Without meaning on Windows.</param>
    public static DurableFile Create(string path, UnixFileMode mode = OwnerFile)
    {
        string absolute = Path.GetFullPath(path);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        while (true)
        {
            string name = TemporaryName(absolute);
            try
            {
                return new DurableFile(absolute, name, new FileStream(name, options));
            }
            catch (IOException) when (File.Exists(name))
            {
                // Left by a killed process that had our process id; the next number is free.
            }
        }
    }

    /// <summary>Writes a whole file, durable when this returns.</summary>
    /// <inheritdoc cref="Create"/>
    /// <exception cref="IOException">It could not be written; what was there before is still there.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerFile)
    {
        using DurableFile file = Create(path, mode);
        try
        {
            file.stream.Write(content);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The runtime's word for EFBIG: the file system or the process's limit takes no file of this length.
            throw new IOException($"Cannot write {path}: {content.Length} octets are more than may be written there.", e);
        }

        file.Commit();
    }

    /// <summary>Makes a folder and those above it that are missing, durable when this returns. One that exists is left as it is.</summary>
    public static void EnsureDirectory(string path, UnixFileMode mode = OwnerFolder)
    {
        string absolute = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(absolute)) return;
        string? parent = Path.GetDirectoryName(absolute);
        if (parent is not null) EnsureDirectory(parent, mode);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(absolute);
        else Directory.CreateDirectory(absolute, mode);
        if (parent is not null) FileSync.Folder(parent);
    }

    /// <summary>Makes the content durable under its name.</summary>
    /// <exception cref="IOException">It could not be. If only the last step failed, the sync of the folder, the new file is there.</exception>
    public void Commit()
    {
        stream.Flush();
        FileSync.File(stream.SafeFileHandle, path);
        stream.Dispose();
        File.Move(temporary, path, overwrite: true);
        ended = true;
        FileSync.Folder(Path.GetDirectoryName(path)!);
    }

    public void Dispose()
    {
        if (ended) return;
        ended = true;
        try
        {
            stream.Dispose();
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static string TemporaryName(string path) => Path.Combine(
        Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref made)}.tmp");
}

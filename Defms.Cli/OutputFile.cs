using Defms.Core.Storage;

namespace Defms.Cli;

/// <summary>Files that the program writes for the person: there whole, and synced, or not at all.</summary>
internal static class OutputFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="CommandException">It is there already and may not be replaced, or cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> octets, bool mayReplace)
    {
        if (!mayReplace && Path.Exists(path))
            throw new CommandException($"{path} is there already and was left as it is. Write elsewhere with --out, or over it with --force.");
        try
        {
            DurableFile.Write(path, octets, Mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"Cannot write {path}: {e.Message}");
        }
    }
}

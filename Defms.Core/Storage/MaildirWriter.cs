using Defms.Core.Mailboxes;

namespace Defms.Core.Storage;

/// <summary>
/// Writes mail into a new or existing Maildir as the format asks: whole and synced under <c>tmp</c>, then renamed into <c>cur</c>. A name
/// says the mail's date and CID, so that writing it again replaces it.
/// </summary>
public sealed class MaildirWriter : IDisposable
{
    private readonly string folder;
    private bool ended;

    /// <exception cref="IOException">The folders cannot be made.</exception>
    public MaildirWriter(string folder)
    {
        this.folder = Path.GetFullPath(folder);
        foreach (string part in (string[])["tmp", "new", "cur"])
            DurableFile.EnsureDirectory(Path.Combine(this.folder, part));
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(MessageRow row, ReadOnlySpan<byte> octets)
    {
        string unique = $"{Math.Max(0, row.Date / 1000)}.{row.Cid}.defms";
        string temporary = Path.Combine(folder, "tmp", unique);
        using (var file = new FileStream(temporary, Options()))
        {
            file.Write(octets);
            FileSync.File(file.SafeFileHandle, temporary);
        }
        foreach (string older in Directory.EnumerateFiles(Path.Combine(folder, "cur"), unique + "*"))
            File.Delete(older);
        File.Move(temporary, Path.Combine(folder, "cur", Maildir.NameOf(unique, row.Flags)), overwrite: true);
    }

    /// <summary>Makes the names durable.</summary>
    public void Dispose()
    {
        if (ended)
            return;
        ended = true;
        FileSync.Folder(Path.Combine(folder, "cur"));
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = DurableFile.OwnerFile;
        return options;
    }
}

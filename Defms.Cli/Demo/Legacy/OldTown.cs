using System.Net;
using System.Net.Sockets;

namespace Defms.Cli.Demo.Legacy;

/// <summary>A place in the old mail world: a domain and the folders with the mail of those who live there.</summary>
/// <param name="folder">For everything that its servers keep.</param>
internal sealed class OldTown(string folder)
{
    public const string Domain = "oldtown.example";

    /// <summary>Programs that run as root keep mail as this user.</summary>
    public const string MailUser = "nobody";

    private const UnixFileMode EverybodyReads =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode EverybodyPasses =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The local parts of those who live there.</summary>
    public static IReadOnlyList<string> People { get; } = ["carol", "alice"];

    public string Folder { get; } = folder;

    public string Mail => Path.Combine(Folder, "mail");

    public string Maildir(string person) => Path.Combine(Mail, person);

    /// <summary>A port that was free a moment ago: programs that cannot choose one themselves may find it taken, and are started again with another.</summary>
    public static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    /// <summary>Makes empty mailboxes. Run by root, they belong to <see cref="MailUser"/>, who has to come in.</summary>
    public async Task BuildAsync(CancellationToken cancel)
    {
        foreach (string person in People)
        {
            foreach (string part in new[] { "cur", "new", "tmp" })
                Directory.CreateDirectory(Path.Combine(Maildir(person), part));
        }
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return;
        File.SetUnixFileMode(Path.GetDirectoryName(Folder)!, EverybodyPasses);
        File.SetUnixFileMode(Folder, EverybodyReads);
        (int code, string output) = await Programs.RunAsync("chown", ["-R", MailUser, Mail], cancel);
        if (code != 0)
            throw new DemoException($"The mailboxes could not be given to {MailUser}: {output.Trim()}");
    }
}

using Defms.EndToEnd.Tests.Cli;
using Defms.Faults.Commands;

namespace Defms.Faults.Disks;

/// <summary>A disk that is really full, and has room again later.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int Mails = 60;

    private Person alice = null!;
    private string disk = "";

    private string Home => Path.Combine(disk, "home");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs root on Linux, to mount a tmpfs");
        alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        string place = alice.File("disk");
        Directory.CreateDirectory(place);
        (int code, string output) = await Tool.RunAsync("mount", "-t", "tmpfs", "-o", "size=3m", "none", place);
        Assert.SkipUnless(code == 0, $"needs a tmpfs that can be mounted: {output}");
        disk = place;
    }

    public async ValueTask DisposeAsync()
    {
        if (disk.Length > 0)
            await Tool.RunAsync("umount", "-l", disk);
        alice?.Dispose();
    }

    [Fact]
    public async Task An_import_that_finds_no_room_says_so_and_goes_on_when_there_is()
    {
        string[] mails = await OldMails.WriteAsync(alice.File("mails"), Mails);
        (await Programs.RunAsync(["init", "--name", "Alice", "--address", "alice@a.example", "--home", Home])).Expect(0);
        Result stopped = await Rule.RunAsync(Home, "import", alice.File("mails"));
        Assert.Contains("full", stopped.Expect(1).Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, (await Programs.RunAsync(["import", alice.File("mails"), "--home", Home])).ExitCode);

        Assert.Equal(0, (await Tool.RunAsync("mount", "-o", "remount,size=64m", disk)).Code);
        Contents some = await Rule.ReadAsync(Home, "with room again");
        Rule.AssertNoneTwice(mails, some, "with room again");
        Assert.InRange(some.Messages, 0, Mails - 1);
        (await Rule.RunAsync(Home, "import", alice.File("mails"))).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(Home, "after another import"), "after another import");
    }
}

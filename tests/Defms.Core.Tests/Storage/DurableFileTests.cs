using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_written_whole_and_for_its_owner_only()
    {
        string path = folder.File("identity");
        DurableFile.Write(path, "secret"u8);
        Assert.Equal("secret", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        if (!OperatingSystem.IsWindows()) Assert.Equal(DurableFile.OwnerFile, TemporaryFolder.ModeOf(path));
    }

    [Fact]
    public void Another_mode_is_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        const UnixFileMode Mode = UnixFileMode.UserRead;
        DurableFile.Write(folder.File("a"), "x"u8, Mode);
        Assert.Equal(Mode, TemporaryFolder.ModeOf(folder.File("a")));
    }

    [Fact]
    public void A_longer_file_is_replaced_by_a_shorter_one()
    {
        string path = folder.File("a");
        DurableFile.Write(path, new byte[100_000]);
        DurableFile.Write(path, "short"u8);
        Assert.Equal("short", File.ReadAllText(path));
    }

    [Fact]
    public void A_streamed_file_shows_only_when_committed_and_an_abandoned_one_leaves_nothing()
    {
        string path = folder.File("export.mbox");
        DurableFile.Write(path, "old"u8);
        using (DurableFile abandoned = DurableFile.Create(path))
        {
            abandoned.Stream.Write(new byte[1 << 20]);
            Assert.Equal("old", File.ReadAllText(path));
        }

        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        using (DurableFile kept = DurableFile.Create(path))
        {
            kept.Stream.Write("new"u8);
            kept.Commit();
        }

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_rename_that_fails_leaves_no_temporary_file()
    {
        string path = folder.File("taken");
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<Exception>(() => DurableFile.Write(path, "x"u8));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_folder_that_is_missing_is_told()
    {
        Assert.Throws<DirectoryNotFoundException>(() => DurableFile.Write(folder.File("none/a"), "x"u8));
    }

    [Fact]
    public void A_sync_that_fails_is_not_swallowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs /dev/null, which refuses fsync.");
        using FileStream device = new("/dev/null", FileMode.Open, FileAccess.Write);
        IOException e = Assert.Throws<IOException>(() => FileSync.File(device.SafeFileHandle, "/dev/null"));
        Assert.StartsWith("Cannot write /dev/null safely to disk: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_temporary_file_left_by_a_killed_process_is_no_obstacle()
    {
        string path = folder.File("a");
        DurableFile.Write(path, "1"u8);
        for (int i = 0; i < 50; i++) File.WriteAllText(folder.File($".a.{Environment.ProcessId}-{i}.tmp"), "left");
        DurableFile.Write(path, "2"u8);
        Assert.Equal("2", File.ReadAllText(path));
    }

    [Fact]
    public void Many_writers_of_one_file_leave_one_of_their_versions()
    {
        string path = folder.File("a");
        Parallel.For(0, 50, i => DurableFile.Write(path, new byte[1000 + i]));
        Assert.InRange(new FileInfo(path).Length, 1000, 1049);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Missing_folders_are_made_for_their_owner_only_and_present_ones_left_alone()
    {
        string deep = folder.File("a/b/c/");
        DurableFile.EnsureDirectory(deep);
        DurableFile.EnsureDirectory(deep);
        Assert.True(Directory.Exists(deep));
        if (OperatingSystem.IsWindows()) return;
        Assert.All(["a", "a/b", "a/b/c"], name => Assert.Equal(DurableFile.OwnerFolder, TemporaryFolder.ModeOf(folder.File(name))));
        File.SetUnixFileMode(deep, DurableFile.OwnerFolder | UnixFileMode.GroupRead);
        DurableFile.EnsureDirectory(deep);
        Assert.Equal(DurableFile.OwnerFolder | UnixFileMode.GroupRead, TemporaryFolder.ModeOf(deep));
    }

    [Fact]
    public void A_file_in_the_place_of_a_folder_is_told()
    {
        File.WriteAllText(folder.File("a"), "");
        Assert.ThrowsAny<IOException>(() => DurableFile.EnsureDirectory(folder.File("a")));
        Assert.ThrowsAny<IOException>(() => DurableFile.EnsureDirectory(folder.File("a/b")));
    }
}

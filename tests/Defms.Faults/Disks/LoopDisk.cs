using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Defms.Faults.Disks;

/// <summary>An ext4 in a file, mounted where a home is, whose power can be cut. Needs root, and a machine that allows it.</summary>
internal sealed partial class LoopDisk : IDisposable
{
    /// <summary>EXT4_IOC_SHUTDOWN and its flag for "without writing out the journal" (Linux, fs/ext4/ext4.h): from then on nothing reaches the disk.</summary>
    private const uint Shutdown = 0x8004_587D, WithoutJournal = 2;

    private readonly string image;
    private string place = "";

    private LoopDisk(string image) => this.image = image;

    /// <summary>Makes one, or says why there is none here.</summary>
    public static async Task<(LoopDisk? Disk, string Reason)> MakeAsync(string image, int megabytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return (null, "needs root on Linux, to mount an ext4");
        await using (FileStream file = File.Create(image))
            file.SetLength(megabytes * 1024L * 1024);
        (int code, string output) = await Tool.RunAsync("mkfs.ext4", "-q", "-F", "-m", "0", image);
        return code == 0 ? (new LoopDisk(image), "") : (null, $"needs an ext4 in a file: {output}");
    }

    /// <summary>Mounts it over a folder whose files move onto it.</summary>
    public async Task TakeOverAsync(string folder)
    {
        place = folder;
        string[] files = Directory.GetFiles(folder);
        byte[][] contents = [.. files.Select(File.ReadAllBytes)];
        (int code, string output) = await MountAsync();
        Assert.SkipUnless(code == 0, $"needs a loop device that can be mounted: {output}");
        Directory.Delete(Path.Combine(folder, "lost+found"));
        foreach ((string file, byte[] content) in files.Zip(contents))
            await File.WriteAllBytesAsync(file, content);
        Require(await Tool.RunAsync("sync", "-f", folder));
    }

    public void CutPower()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(Path.Combine(place, "identity"));
        uint flag = WithoutJournal;
        int code = Ioctl((int)handle.DangerousGetHandle(), Shutdown, ref flag);
        Assert.True(code == 0, $"the power cannot be cut: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Mounts it anew, which replays its journal. Nobody may have a file on it open any more.</summary>
    public async Task RestartAsync()
    {
        Require(await Tool.RunAsync("umount", place));
        Require(await MountAsync());
    }

    public void Dispose()
    {
        if (place.Length == 0)
            return;
        using Process unmounting = Process.Start("umount", ["-l", place]);
        unmounting.WaitForExit();
    }

    private Task<(int Code, string Output)> MountAsync() => Tool.RunAsync("mount", "-o", "loop", image, place);

    private static void Require((int Code, string Output) done) => Assert.True(done.Code == 0, done.Output);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(int descriptor, nuint request, ref uint flag);
}

using Defms.Core.Storage;

namespace Defms.Faults.Disks;

/// <summary>That a power cut on the disk of these tests is one.</summary>
public sealed class LoopDiskTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-disk-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_was_not_synced_is_gone_after_a_power_cut_and_what_was_is_there()
    {
        string place = Path.Combine(folder, "place");
        Directory.CreateDirectory(place);
        await File.WriteAllTextAsync(Path.Combine(place, "identity"), "x");
        (LoopDisk? disk, string reason) = await LoopDisk.MakeAsync(Path.Combine(folder, "image"), megabytes: 32);
        Assert.SkipWhen(disk is null, reason);
        using (disk)
        {
            await disk!.TakeOverAsync(place);
            DurableFile.Write(Path.Combine(place, "synced"), "kept"u8);
            await File.WriteAllTextAsync(Path.Combine(place, "loose"), "lost");
            disk.CutPower();
            Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(place, "late"), "too late"));
            await disk.RestartAsync();
            Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(place, "synced")));
            Assert.True(!File.Exists(Path.Combine(place, "loose")) || (await File.ReadAllTextAsync(Path.Combine(place, "loose"))).Length == 0);
        }
    }
}

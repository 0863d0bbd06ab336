using Defms.Faults.Disks;

namespace Defms.Faults.Load;

/// <summary>
/// A power cut: the file system of the store takes no octet more at one moment, and is mounted anew; what it had not written out by itself or by a sync
/// is gone.
/// </summary>
public sealed class PowerCutTests : LoadTests
{
    private LoopDisk? disk;

    private protected override int Rounds => Form.Of(60, 2);

    public override async ValueTask DisposeAsync()
    {
        // Whatever still has a file on it open, the folder is to be removed next.
        disk?.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected override async Task PrepareAsync()
    {
        (disk, string reason) = await LoopDisk.MakeAsync(Alice.File("disk"), megabytes: 512);
        Assert.SkipWhen(disk is null, reason);
        await disk!.TakeOverAsync(Alice.Home);
    }

    private protected override async Task StrikeAsync(Func<Task> die)
    {
        disk!.CutPower();
        await die();
        await disk.RestartAsync();
    }
}

using System.Globalization;
using Defms.Core;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Benchmarks;

/// <summary>Two machines of one person over loopback: catching up one message, and comparing two mailboxes that are equal.</summary>
internal static class DeviceFigures
{
    private const int Threads = 10_000;

    /// <summary>What a request itself weighs beside the blocks that the daemon counts: signature, cursor and digests.</summary>
    private const double RequestBytes = 4096;

    public static async Task RunAsync(Bench bench)
    {
        using var desk = new Resident(bench.Folder, "desk");
        using var friend = new Resident(bench.Folder, "friend");
        Bench.Say($"filling a mailbox of {Threads} threads …");
        for (int i = 0; i < Threads; i++)
            AddThread(desk, friend, i);
        using DaemonProcess daemon = await DaemonProcess.StartAsync(desk.Home.Folder);
        desk.SetEndpoint(daemon.Url);
        using Home laptop = MakeSecond(bench, desk, daemon.Url);
        using var peer = new HttpPeer(desk.Identity, TimeProvider.System, RandomSource.System);
        var replicator = new Replicator(laptop.Store, desk.Identity, peer, TimeProvider.System, RandomSource.System);
        await CatchUpAsync(bench, desk, friend, daemon, replicator);
        await CompareAsync(bench, daemon, replicator);
        bench.Report("devices.daemon-memory", "MB", [daemon.ResidentBytes / 1e6], target: 150, isCeiling: true);
    }

    private static async Task CatchUpAsync(Bench bench, Resident desk, Resident friend, DaemonProcess daemon, Replicator replicator)
    {
        var times = new List<double>();
        var bytes = new List<double>();
        for (int run = 0; run <= Bench.Runs; run++)
        {
            AddThread(desk, friend, Threads + run);
            (double seconds, double moved) = await SyncAsync(daemon, replicator, full: false, expected: 1);
            // The first run starts the machinery on both sides.
            if (run == 0)
                continue;
            times.Add(seconds * 1000);
            bytes.Add(moved / 1024);
        }
        bench.Report("devices.catch-up-one-in-10k-threads", "ms", times, target: 100, isCeiling: true);
        bench.Report("devices.catch-up-one-in-10k-threads.bytes", "KiB", bytes, target: 64, isCeiling: true);
    }

    private static async Task CompareAsync(Bench bench, DaemonProcess daemon, Replicator replicator)
    {
        var times = new List<double>();
        var bytes = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
        {
            (double seconds, double moved) = await SyncAsync(daemon, replicator, full: true, expected: 0);
            times.Add(seconds * 1000);
            bytes.Add(moved / 1024);
        }
        bench.Report("devices.compare-10k-equal-threads", "ms", times, target: 1000, isCeiling: true);
        bench.Report("devices.compare-10k-equal-threads.bytes", "KiB", bytes, target: 1024, isCeiling: true);
    }

    private static async Task<(double Seconds, double Bytes)> SyncAsync(DaemonProcess daemon, Replicator replicator, bool full, int expected)
    {
        double before = await MovedAsync(daemon);
        SyncReport? report = null;
        double seconds = await Bench.TimeAsync(async () => report = await replicator.SyncAsync(new SyncOptions { Full = full }, CancellationToken.None));
        if (report!.Failed.Count > 0 || report.Received != expected)
            throw new InvalidOperationException($"{report.Received} received instead of {expected}. {string.Join(' ', report.Failed)}");
        return (seconds, await MovedAsync(daemon) - before + RequestBytes);
    }

    private static void AddThread(Resident desk, Resident friend, int number)
    {
        using var thread = desk.NewThread(friend.Card);
        desk.Fill(thread, number, 1);
    }

    /// <summary>The same mailbox on another machine, which has read all of the first.</summary>
    private static Home MakeSecond(Bench bench, Resident desk, string url)
    {
        string file = Path.Combine(bench.Folder, "desk.backup");
        Backup.Write(desk.Home.Folder, file);
        string folder = Path.Combine(bench.Folder, "laptop");
        Backup.Restore(file, folder, RandomSource.System);
        Home laptop = Home.Open(folder);
        (byte[] epoch, byte[] device, long last) = desk.Store.Read(tables => (
            tables.Settings.GetBytes(StoreSettings.Epoch)!, tables.Settings.GetBytes(StoreSettings.Device)!, tables.OwnChanges.Last()));
        laptop.Store.Write(tables =>
        {
            tables.Devices.Put(desk.Identity.Did, device, 0, Resident.Now);
            tables.OwnMachines.Put(new OwnMachineRow(url, new SyncCursor(epoch, last), tables.OwnChanges.Last(), []));
            return true;
        });
        return laptop;
    }

    /// <summary>Bytes of blocks that the daemon has sent and received.</summary>
    private static async Task<double> MovedAsync(DaemonProcess daemon)
    {
        using var http = new HttpClient();
        string metrics = await http.GetStringAsync(new Uri($"{daemon.Url}/metrics"));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("defms_sent_bytes_total ", StringComparison.Ordinal) || line.StartsWith("defms_received_bytes_total ", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}

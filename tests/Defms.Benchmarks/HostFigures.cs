using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Benchmarks;

/// <summary>
/// What a host hands over, over loopback from a daemon of its own, by the requests that owners send. Blocks: want lists as large as they may
/// be, every block checked against its name, durable in the owner's store when it is counted. A mail: the whole sync, opened and indexed, too.
/// </summary>
internal static class HostFigures
{
    public const string SmallRate = "host.4KiB-blocks-to-owner";
    private const string LargeRate = "host.256KiB-blocks-to-owner";
    private const int Small = 4096;
    private const int Large = 256 * 1024;
    private const int SmallBlocks = 20_480;
    private const int LargeBlocks = 1024;
    private const int MailBytes = 32 * 1024 * 1024;

    public static async Task RunAsync(Bench bench)
    {
        using var host = new Resident(bench.Folder, "host");
        using DaemonProcess daemon = await DaemonProcess.StartAsync(host.Home.Folder);
        host.SetEndpoint(daemon.Url);
        var small = new List<double>();
        var large = new List<double>();
        var passing = new List<double>();
        var mail = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
        {
            small.Add(SmallBlocks / await HandOverAsync(bench, host, daemon, $"small{run}", Small, SmallBlocks));
            large.Add(LargeBlocks * (Large / 1e6) / await HandOverAsync(bench, host, daemon, $"large{run}", Large, LargeBlocks));
            passing.Add(LargeBlocks * (Large / 1e6) / await HandOverAsync(bench, host, daemon, $"passing{run}", Large, LargeBlocks, isStored: false));
            mail.Add(MailBytes / 1e6 / await SyncAsync(bench, host, daemon, $"mail{run}"));
        }
        bench.Report(SmallRate, "blocks/s", small, target: 20_000);
        bench.Report(LargeRate, "MB/s", large, target: 500);
        bench.Report("host.256KiB-blocks-checked-not-stored", "MB/s", passing);
        bench.Report("host.32MiB-mail-synced-and-indexed", "MB/s", mail);
        bench.Report("host.daemon-memory", "MB", [daemon.ResidentBytes / 1e6], target: 150, isCeiling: true);
        await PeerFigures.RunAsync(bench);
    }

    private static async Task<double> HandOverAsync(Bench bench, Resident host, DaemonProcess daemon, string label, int bytes, int count, bool isStored = true)
    {
        using var owner = new Resident(bench.Folder, label);
        Cid thread = Cid.Of(Cid.DagCbor, RandomSource.System.Bytes(32));
        List<Cid> names = Hold(host, owner.Identity.Did, thread, bytes, count);
        using var peer = new HttpPeer(owner.Identity, TimeProvider.System, RandomSource.System);
        var address = new PeerAddress(new Uri(daemon.Url), host.Identity.Did, MayBePrivate: true);
        int wants = Math.Min(WantList.MaxBlocks, 64 * 1024 * 1024 / bytes);
        TimeSpan hosts = daemon.ProcessorTime, owners = Environment.CpuUsage.TotalTime;
        double seconds = await Bench.TimeAsync(async () =>
        {
            foreach (Cid[] batch in names.Chunk(wants))
                await FetchAsync(owner, peer, address, new WantList(thread, batch), isStored);
        });
        Bench.Say($"{label}: processor time of the host {(daemon.ProcessorTime - hosts).TotalSeconds:0.00} s, of the owner {(Environment.CpuUsage.TotalTime - owners).TotalSeconds:0.00} s, {seconds:0.00} s in all");
        int stored = owner.Store.Read(tables => names.Count(tables.Blocks.Has));
        host.Store.Write(tables =>
        {
            HostingDesk.End(tables, owner.Identity.Did);
            return true;
        });
        return stored == count || !isStored ? seconds : throw new InvalidOperationException($"Only {stored} of {count} blocks came.");
    }

    /// <summary>Blocks are written while the next ones arrive.</summary>
    private static async Task FetchAsync(Resident owner, HttpPeer peer, PeerAddress address, WantList wants, bool isStored)
    {
        const int batchBytes = 8 * 1024 * 1024;
        using PeerStream stream = await peer.FetchAsync(address, wants, CancellationToken.None);
        Task writing = Task.CompletedTask;
        var batch = new List<Block>();
        int came = 0;
        for (Block? block = await stream.Blocks.NextAsync(); block is not null; block = await stream.Blocks.NextAsync())
        {
            came++;
            if (!isStored)
                continue;
            batch.Add(block);
            if (batch.Count * (long)block.Data.Length < batchBytes)
                continue;
            await writing;
            List<Block> full = batch;
            batch = [];
            writing = owner.Store.WriteAsync(tables => tables.Blocks.Put(full));
        }
        if (came != wants.Blocks.Count)
            throw new InvalidOperationException($"Only {came} of {wants.Blocks.Count} blocks came.");
        await writing;
        await owner.Store.WriteAsync(tables => tables.Blocks.Put(batch));
    }

    private static List<Cid> Hold(Resident host, Did owner, Cid thread, int bytes, int count)
    {
        new HostingDesk(host.Store, TimeProvider.System).Serve(owner, null, null);
        List<Block> blocks = [.. Enumerable.Range(0, count).Select(_ => Block.Create(Cid.Raw, RandomSource.System.Bytes(bytes)))];
        byte[] id = RandomSource.System.Bytes(Announcement.IdLength);
        host.Store.Write(tables =>
        {
            long item = tables.Held.Add(new HeldItem(0, OutgoingKind.HeldAnnouncement, id, owner, host.Identity.Did, "bench", 0, 0, null, null));
            tables.Held.AddBlocks(item, blocks);
            tables.Held.Complete(item, new OutgoingRow(0, OutgoingKind.HeldAnnouncement, id, owner, thread, id, 1, long.MaxValue, null), null);
            return true;
        });
        return [.. blocks.Select(block => block.Cid)];
    }

    private static async Task<double> SyncAsync(Bench bench, Resident host, DaemonProcess daemon, string label)
    {
        using var sender = new Resident(bench.Folder, $"{label}-sender");
        using var owner = new Resident(bench.Folder, $"{label}-owner");
        byte[] token = new HostingDesk(host.Store, TimeProvider.System).Invite(null, HostingTerms.Default, TimeSpan.FromDays(1), RandomSource.System);
        using var door = new HttpPeer(owner.Identity, TimeProvider.System, RandomSource.System);
        await new HostBook(owner.Store, owner.Identity, TimeProvider.System)
            .AddAsync(door, new Endpoint(new Uri(daemon.Url), host.Identity.Did), "host", token, CancellationToken.None);
        sender.Meet(owner);
        owner.Meet(sender);
        sender.Post(owner, MailBytes);
        using var peer = new HttpPeer(sender.Identity, TimeProvider.System, RandomSource.System);
        await new Replicator(sender.Store, sender.Identity, peer, TimeProvider.System, RandomSource.System).DeliverAsync(all: true, CancellationToken.None);
        var fetching = new Replicator(owner.Store, owner.Identity, door, TimeProvider.System, RandomSource.System);
        SyncReport report = new();
        double seconds = await Bench.TimeAsync(async () => report = await fetching.SyncAsync(default, CancellationToken.None));
        return report.Received == 1 ? seconds : throw new InvalidOperationException("The mail did not come.");
    }
}

using Defms.Core;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;

namespace Defms.Benchmarks;

/// <summary>Mail from one person's store to another's daemon over loopback: verified, opened, indexed and durable when it is counted.</summary>
internal static class DeliveryFigures
{
    public const string Rate = "delivery.10k-mails-of-4KiB";
    private const int Mails = 10_000;

    public static async Task RunAsync(Bench bench)
    {
        var one = new List<double>();
        var many = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
        {
            one.Add(await DeliverAsync(bench, $"a{run}", threads: 1));
            many.Add(await DeliverAsync(bench, $"b{run}", threads: 100));
        }
        bench.Report(Rate, "messages/s", one, target: 5000);
        bench.Report("delivery.10k-mails-in-100-threads", "messages/s", many);
        await IdleAsync(bench);
    }

    private static async Task<double> DeliverAsync(Bench bench, string label, int threads)
    {
        using var sender = new Resident(bench.Folder, $"sender-{label}");
        using var recipient = new Resident(bench.Folder, $"recipient-{label}");
        using DaemonProcess daemon = await DaemonProcess.StartAsync(recipient.Home.Folder);
        recipient.SetEndpoint(daemon.Url);
        sender.Meet(recipient);
        recipient.Meet(sender);
        for (int i = 0; i < threads; i++)
        {
            using var thread = sender.NewThread(recipient.Card);
            sender.Fill(thread, i * (Mails / threads), Mails / threads, recipient);
        }
        using var peer = new HttpPeer(sender.Identity, TimeProvider.System, RandomSource.System);
        var replicator = new Replicator(sender.Store, sender.Identity, peer, TimeProvider.System, RandomSource.System);
        double seconds = await Bench.TimeAsync(() => replicator.DeliverAsync(all: true, CancellationToken.None));
        int stored = sender.Store.Read(tables => tables.Deliveries.Counts()[DeliveryState.Stored]);
        return stored == Mails ? Mails / seconds : throw new InvalidOperationException($"Only {stored} of {Mails} mails were delivered.");
    }

    private static async Task IdleAsync(Bench bench)
    {
        using var person = new Resident(bench.Folder, "idle");
        using DaemonProcess daemon = await DaemonProcess.StartAsync(person.Home.Folder);
        await Task.Delay(TimeSpan.FromSeconds(5));
        bench.Report("daemon.idle-memory", "MB", [daemon.ResidentBytes / 1e6], target: 80, isCeiling: true);
    }
}

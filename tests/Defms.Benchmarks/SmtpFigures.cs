using System.Net;
using Defms.Core;
using Defms.Core.Mime;
using Defms.Gateway.Smtp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Benchmarks;

/// <summary>
/// Mails of 4 KiB by SMTP over kept sessions. The whole way: the gateway's process seals and syncs each before its 250, and the owner's daemon
/// opens, files and indexes it; beside Postfix taking the same into its queue. And the protocol alone, by a desk that keeps nothing.
/// The client shares the machine.
/// </summary>
internal static class SmtpFigures
{
    private const string Accepted = "smtp.accept-4KiB-20-sessions-durable";
    private const string Delivered = "smtp.accept-4KiB-20-sessions-delivered-into-store";
    private const string Postfix = "postfix.accept-4KiB-20-sessions-into-queue";
    private const int Sessions = 20;
    private const int MailsEach = 250;
    private const int WarmUpEach = 200;
    private const int MailsEachAlone = 2_000;
    private const double MegaByte = 1e6;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(Bench bench)
    {
        await ComparedAsync(bench);
        await AloneAsync(bench);
    }

    private static async Task ComparedAsync(Bench bench)
    {
        (PostfixQueue? postfix, string reason) = PostfixQueue.TryStart(bench);
        using PostfixQueue? queue = postfix;
        using GatewayProcess gateway = await GatewayProcess.StartAsync(bench, "smtp");
        // Servers run for weeks: what is measured is not the compiling of their first minute, nor the first start of Postfix's processes.
        await DeliverAsync(gateway, WarmUpEach, "first", 0);
        if (queue is not null)
            await SmtpLoad.RunAsync(queue.Port, PostfixQueue.Recipient, Sessions, WarmUpEach, "first");
        (List<double> accepted, List<double> delivered, List<double> slowest, List<double> theirs) = ([], [], [], []);
        for (int run = 0; run < Bench.Runs; run++)
        {
            (SmtpLoad.Figures figures, double seconds) = await DeliverAsync(gateway, MailsEach, $"run{run}", Sessions * (WarmUpEach + (run * MailsEach)));
            accepted.Add(figures.Rate);
            slowest.Add(figures.P99);
            delivered.Add(Sessions * MailsEach / seconds);
            if (queue is not null)
                theirs.Add((await SmtpLoad.RunAsync(queue.Port, PostfixQueue.Recipient, Sessions, MailsEach, $"run{run}")).Rate);
        }
        bench.Report(Accepted, "messages/s", accepted);
        bench.Report($"{Accepted}-p99", "ms", slowest, target: 50, isCeiling: true);
        bench.Report(Delivered, "messages/s", delivered);
        bench.Report("smtp.gateway-memory", "MB", [gateway.PeakBytes / MegaByte], target: 200, isCeiling: true);
        bench.Report("smtp.daemon-memory", "MB", [gateway.DaemonPeakBytes / MegaByte], target: 200, isCeiling: true);
        if (queue is null)
        {
            bench.Skip(Postfix, reason);
            return;
        }
        bench.Report(Postfix, "messages/s", theirs);
        bench.Ratio("smtp-durable-to-postfix", Accepted, Postfix, 3);
        bench.Ratio("smtp-delivered-to-postfix", Delivered, Postfix, 3);
    }

    /// <param name="before">How many mails the owner has already.</param>
    private static async Task<(SmtpLoad.Figures Figures, double Seconds)> DeliverAsync(GatewayProcess gateway, int mailsEach, string label, int before)
    {
        SmtpLoad.Figures figures = default;
        (TimeSpan Gateway, TimeSpan Daemon) start = gateway.ProcessorTime;
        double seconds = await Bench.TimeAsync(async () =>
        {
            figures = await SmtpLoad.RunAsync(gateway.SmtpPort, gateway.Owner.Address, Sessions, mailsEach, label);
            await gateway.AwaitStoredAsync(before + (Sessions * mailsEach), Patience);
        });
        (TimeSpan Gateway, TimeSpan Daemon) end = gateway.ProcessorTime;
        double mails = Sessions * mailsEach / 1e3;
        Bench.Say($"{label}: accepted {figures.Rate:0}/s, delivered {mails * 1e3 / seconds:0}/s; processor time of a mail: {(end.Gateway - start.Gateway).TotalSeconds / mails:0.00} ms of the gateway, {(end.Daemon - start.Daemon).TotalSeconds / mails:0.00} ms of the daemon");
        return (figures, seconds);
    }

    private static async Task AloneAsync(Bench bench)
    {
        var limits = new SmtpLimits { MailsPerSession = int.MaxValue, CommandsPerSession = int.MaxValue };
        var options = new SmtpOptions
        {
            HostName = "mx.example.org",
            Listeners = [new SmtpListener(new IPEndPoint(IPAddress.Loopback, 0), SmtpPort.Exchange)],
            Limits = limits,
        };
        using var server = new SmtpServer(
            options, new IdleDesk(), credentials: null, certificate: null, TimeProvider.System, RandomSource.System, NullLogger<SmtpServer>.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server.Listen);
        await using WebApplication app = builder.Build();
        await app.StartAsync();
        var runs = new List<SmtpLoad.Figures>();
        for (int run = 0; run < Bench.Runs; run++)
            runs.Add(await SmtpLoad.RunAsync(server.Addresses[0].Port, "b@example.org", Sessions, MailsEachAlone, "alone"));
        bench.Report("smtp.accept-4KiB-20-sessions-parser-alone", "messages/s", runs.Select(run => run.Rate));
        bench.Report("smtp.accept-4KiB-20-sessions-parser-alone-p99", "ms", runs.Select(run => run.P99), target: 50, isCeiling: true);
    }

    private sealed class IdleDesk : IMailDesk
    {
        public ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel) => new(RecipientAnswer.Welcome);

        public ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel) => new(DeskAnswer.Taken);
    }
}

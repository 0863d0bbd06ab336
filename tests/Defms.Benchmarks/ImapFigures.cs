using System.Diagnostics;
using Defms.Core;
using Defms.Gateway.Imap;
using Defms.Gateway.Tests.Imap.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Benchmarks;

/// <summary>
/// Fetching 10,000 generated mails (209 MB) by IMAP from a Dovecot of its own, beside mbsync writing the same ones to a Maildir, and a pass of
/// both over the folder when nothing is new. Counted only, by the fetcher alone; and the whole way, by the gateway's process into the store of the
/// owner's daemon. Needs Dovecot 2.3, mbsync and the generated corpus.
/// </summary>
internal static class ImapFigures
{
    private const string Fetch = "imap.fetch-10k-counted";
    private const string Stored = "imap.fetch-10k-sealed-filed-indexed";
    private const string Durable = "imap.fetch-10k-sealed-durable-at-gateway";
    private const string GatewayMemory = "imap.gateway-memory";
    private const string DaemonMemory = "imap.daemon-memory";
    private const string NoChange = "imap.no-change-one-folder";
    private const string MbsyncFetch = "mbsync.pull-10k-to-maildir";
    private const string MbsyncNoChange = "mbsync.no-change-one-folder";
    private const string User = "bench";
    private const int Mails = 10_000;
    private const int MillisecondsPerSecond = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Bench bench)
    {
        if (Corpora.Generated() is not { } corpus)
        {
            bench.Skip(Fetch, "corpus.py of shared/bench is not here, or python3 is not");
            return;
        }
        (DovecotServer? server, string reason) = await DovecotServer.StartAsync();
        if (server is null)
        {
            bench.Skip(Fetch, reason);
            return;
        }
        await using (server)
        {
            Tool.Run("cp", ["-r", .. Directory.EnumerateDirectories(corpus), server.Maildir(User)]);
            await server.OwnAsync();
            await MeasureAsync(bench, server);
        }
    }

    private static async Task MeasureAsync(Bench bench, DovecotServer server)
    {
        // The first pass makes Dovecot's own index, which is not what is measured.
        await PassAsync(server, new MemoryImapJournal());
        bool hasMbsync = File.Exists("/usr/bin/mbsync");
        Dictionary<string, List<double>> runs = [];
        void Add(string figure, double value) => (runs.TryGetValue(figure, out List<double>? all) ? all : runs[figure] = []).Add(value);
        for (int run = 0; run < Bench.Runs; run++)
        {
            var journal = new MemoryImapJournal();
            Add(Fetch, await Bench.TimeAsync(() => PassAsync(server, journal)));
            Add(NoChange, MillisecondsPerSecond * await Bench.TimeAsync(() => PassAsync(server, journal)));
            await StoreAsync(bench, server, run, Add);
            if (!hasMbsync)
                continue;
            string settings = Configure(bench.Folder, run, server.Port);
            Add(MbsyncFetch, await Bench.TimeAsync(() => RunAsync("mbsync", "-c", settings, "all")));
            Add(MbsyncNoChange, MillisecondsPerSecond * await Bench.TimeAsync(() => RunAsync("mbsync", "-c", settings, "all")));
        }
        bench.Report(Fetch, "s", runs[Fetch]);
        bench.Report(NoChange, "ms", runs[NoChange]);
        bench.Report(Durable, "s", runs[Durable]);
        bench.Report(Stored, "s", runs[Stored]);
        bench.Report(GatewayMemory, "MB", runs[GatewayMemory], target: 200, isCeiling: true);
        bench.Report(DaemonMemory, "MB", runs[DaemonMemory], target: 200, isCeiling: true);
        if (!hasMbsync)
        {
            bench.Skip(MbsyncFetch, "mbsync (package isync) is not installed");
            return;
        }
        bench.Report(MbsyncFetch, "s", runs[MbsyncFetch]);
        bench.Report(MbsyncNoChange, "ms", runs[MbsyncNoChange]);
        bench.Ratio("imap-fetch-to-mbsync", Fetch, MbsyncFetch);
        bench.Ratio("imap-stored-to-mbsync", Stored, MbsyncFetch, target: 3, isCeiling: true);
        bench.Ratio("imap-no-change-to-mbsync", NoChange, MbsyncNoChange, target: 2, isCeiling: true);
    }

    /// <summary>The whole way: from the start of the gateway's process until the owner's store has opened, filed and indexed the last mail.</summary>
    private static async Task StoreAsync(Bench bench, DovecotServer server, int run, Action<string, double> add)
    {
        string password = Path.Combine(bench.Folder, "imap-password");
        await File.WriteAllTextAsync(password, DovecotServer.Password);
        long start = Stopwatch.GetTimestamp();
        using GatewayProcess gateway = await GatewayProcess.StartAsync(bench, $"imap{run}", owner => $"""
            [imap bench]
            account = {owner}
            host = 127.0.0.1
            port = {server.Port}
            security = insecure
            user = {User}
            password-file = {password}
            """);
        await gateway.AwaitFetchedAsync(Mails, Patience);
        add(Durable, Stopwatch.GetElapsedTime(start).TotalSeconds);
        await gateway.AwaitStoredAsync(Mails, Patience);
        add(Stored, Stopwatch.GetElapsedTime(start).TotalSeconds);
        add(GatewayMemory, gateway.PeakBytes / 1e6);
        add(DaemonMemory, gateway.DaemonPeakBytes / 1e6);
        (TimeSpan gateways, TimeSpan daemons) = gateway.ProcessorTime;
        Bench.Say($"run {run}: stored after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s; processor time of the gateway {gateways.TotalSeconds:0.0} s, of the daemon {daemons.TotalSeconds:0.0} s");
    }

    private static async Task PassAsync(DovecotServer server, MemoryImapJournal journal)
    {
        var sink = new CountingSink();
        var fetcher = new ImapFetcher(
            server.Account(User, ImapSecurity.Insecure), journal, sink, new TcpDialer(), TimeProvider.System, RandomSource.System, NullLogger.Instance);
        await fetcher.PassAsync(CancellationToken.None);
        FolderState? state = await journal.FindAsync("INBOX", CancellationToken.None);
        if (state is not { UidNext: Mails + 1, Waiting.IsEmpty: true } || sink.Mails is not (0 or Mails))
            throw new InvalidOperationException($"Only {sink.Mails} of {Mails} mails came.");
    }

    private static string Configure(string folder, int run, int port)
    {
        string place = Path.Combine(folder, $"mbsync{run}");
        foreach (string part in new[] { "state", "mail" })
            Directory.CreateDirectory(Path.Combine(place, part));
        string settings = Path.Combine(place, "mbsyncrc");
        File.WriteAllText(settings, $"""
            FSync yes

            IMAPAccount server
            Host 127.0.0.1
            Port {port}
            User {User}
            Pass {DovecotServer.Password}
            SSLType None
            AuthMechs LOGIN

            IMAPStore far
            Account server

            MaildirStore near
            Path {place}/mail/
            Inbox {place}/INBOX
            SubFolders Verbatim

            Channel all
            Far :far:
            Near :near:
            Patterns INBOX
            Create Near
            Sync Pull
            SyncState {place}/state/

            """);
        return settings;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = run.StandardOutput.ReadToEndAsync();
        string errors = await run.StandardError.ReadToEndAsync();
        await output;
        await run.WaitForExitAsync();
        if (run.ExitCode != 0)
            throw new InvalidOperationException($"{program}: {errors}");
    }

    /// <summary>Takes mail as fast as it comes.</summary>
    private sealed class CountingSink : IImapSink
    {
        private int mails;

        public int Mails => mails;

        public ValueTask TakeAsync(FetchedMail mail, CancellationToken cancel)
        {
            Interlocked.Increment(ref mails);
            return default;
        }

        public ValueTask NoteAsync(ImapNote note, CancellationToken cancel) => default;
    }
}

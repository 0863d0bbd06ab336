using System.Diagnostics;
using Defms.Core;
using Defms.Gateway.Imap;
using Defms.Gateway.Tests.Imap.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Benchmarks;

/// <summary>
/// Fetching 10,000 generated mails (209 MB) by IMAP from a Dovecot of its own, beside mbsync writing the same ones to a Maildir, and a pass of
/// both over the folder when nothing is new. Needs Dovecot 2.3, mbsync, Python, and the generator of ../shared/bench (or in DEFMS_SHARED).
/// </summary>
internal static class ImapFigures
{
    private const string Fetch = "imap.fetch-10k-counted";
    private const string Stored = "imap.fetch-10k-sealed-filed-indexed";
    private const string NoChange = "imap.no-change-one-folder";
    private const string MbsyncFetch = "mbsync.pull-10k-to-maildir";
    private const string MbsyncNoChange = "mbsync.no-change-one-folder";
    private const string User = "bench";
    private const int Mails = 10_000;
    private const int MillisecondsPerSecond = 1000;

    public static async Task RunAsync(Bench bench)
    {
        string shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(Programs.Repository, "..", "shared");
        string generator = Path.Combine(shared, "bench", "corpus.py");
        if (!File.Exists(generator))
        {
            Bench.Skip(Fetch, "the folder bench with corpus.py is not here; name the folder above it in DEFMS_SHARED");
            return;
        }
        (DovecotServer? server, string reason) = await DovecotServer.StartAsync();
        if (server is null)
        {
            Bench.Skip(Fetch, reason);
            return;
        }
        await using (server)
        {
            Bench.Say($"generating {Mails} mails …");
            await RunAsync("python3", generator, "--n", $"{Mails + 100}", "--count", $"{Mails}", "--seed", "1", "--out", server.Maildir(User));
            await server.OwnAsync();
            await MeasureAsync(bench, server);
        }
    }

    private static async Task MeasureAsync(Bench bench, DovecotServer server)
    {
        // The first pass makes Dovecot's own index, which is not what is measured.
        await PassAsync(server, new MemoryImapJournal());
        bool hasMbsync = File.Exists("/usr/bin/mbsync");
        (List<double> fetch, List<double> noChange, List<double> mbsyncFetch, List<double> mbsyncNoChange) = ([], [], [], []);
        for (int run = 0; run < Bench.Runs; run++)
        {
            var journal = new MemoryImapJournal();
            fetch.Add(await Bench.TimeAsync(() => PassAsync(server, journal)));
            noChange.Add(MillisecondsPerSecond * await Bench.TimeAsync(() => PassAsync(server, journal)));
            if (!hasMbsync)
                continue;
            string settings = Configure(bench.Folder, run, server.Port);
            mbsyncFetch.Add(await Bench.TimeAsync(() => RunAsync("mbsync", "-c", settings, "all")));
            mbsyncNoChange.Add(MillisecondsPerSecond * await Bench.TimeAsync(() => RunAsync("mbsync", "-c", settings, "all")));
        }
        bench.Report(Fetch, "s", fetch);
        bench.Report(NoChange, "ms", noChange);
        // The way into a person's store is measured where it is put together.
        Bench.Skip(Stored, "the gateway does not store what it fetches yet");
        if (!hasMbsync)
        {
            Bench.Skip(MbsyncFetch, "mbsync (package isync) is not installed");
            return;
        }
        bench.Report(MbsyncFetch, "s", mbsyncFetch);
        bench.Report(MbsyncNoChange, "ms", mbsyncNoChange);
        bench.Ratio("imap-fetch-to-mbsync", Fetch, MbsyncFetch);
        bench.Ratio("imap-no-change-to-mbsync", NoChange, MbsyncNoChange);
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

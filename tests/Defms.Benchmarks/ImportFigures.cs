using System.Globalization;
using Defms.Core.Mime;

namespace Defms.Benchmarks;

/// <summary>
/// <c>defms import</c> (parse, seal, hash, store, file, index, durable) beside <c>notmuch new</c> on the same Maildirs, whole processes. notmuch
/// takes a minute or more for the generated corpus: DEFMS_BENCH_PEER_RUNS says how often it does so.
/// </summary>
internal static class ImportFigures
{
    private const string Notmuch = "notmuch";
    private const double MegaByte = 1e6;

    private static readonly int PeerRuns =
        int.TryParse(Environment.GetEnvironmentVariable("DEFMS_BENCH_PEER_RUNS"), CultureInfo.InvariantCulture, out int runs) ? runs : Bench.Runs;

    public static Task RunAsync(Bench bench)
    {
        if (Corpora.Ham() is { } ham)
            Compare(bench, "ham", ham, Bench.Runs, factor: 4);
        else
            bench.Skip("import.ham", "the SpamAssassin ham of shared/testdata is not here");
        if (Corpora.Generated() is { } generated)
        {
            Parse(bench, generated);
            Compare(bench, "10k", generated, PeerRuns, factor: 10);
        }
        else
        {
            bench.Skip("import.10k", "corpus.py of shared/bench is not here, or python3 is not");
        }
        if (Corpora.Lite() is { } lite && Corpora.LiteBeginning() is { } beginning)
            Grow(bench, beginning, lite);
        return Task.CompletedTask;
    }

    private static void Compare(Bench bench, string name, string maildir, int peerRuns, double factor)
    {
        int count = Directory.GetFiles(Path.Combine(maildir, "cur")).Length + Directory.GetFiles(Path.Combine(maildir, "new")).Length;
        var ours = new List<double>();
        var theirs = new List<double>();
        long store = 0, index = 0;
        for (int run = 0; run < Bench.Runs; run++)
        {
            string home = NewHome(bench, $"{name}{run}");
            ours.Add(count / Import(home, maildir).Seconds);
            store = SizeOf(home);
            Directory.Delete(home, recursive: true);
            if (run >= peerRuns || !Tool.IsHere(Notmuch))
                continue;
            var peer = new NotmuchIndex(bench.Folder, maildir);
            theirs.Add(count / peer.Build().Seconds);
            index = SizeOf(peer.Folder);
            Directory.Delete(peer.Folder, recursive: true);
        }
        bench.Report($"import.{name}", "messages/s", ours);
        bench.Report($"import.{name}.disk", "MB", [store / MegaByte], index > 0 ? Math.Round((index + SizeOf(maildir)) / MegaByte) : null, isCeiling: true);
        if (theirs.Count == 0)
        {
            bench.Skip($"notmuch.new.{name}", "notmuch is not installed");
            return;
        }
        bench.Report($"notmuch.new.{name}", "messages/s", theirs);
        bench.Ratio($"import-to-notmuch.{name}", $"import.{name}", $"notmuch.new.{name}", factor);
    }

    private static void Grow(Bench bench, string beginning, string whole)
    {
        var small = new List<double>();
        var large = new List<double>();
        var memory = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
        {
            string home = NewHome(bench, $"lite{run}");
            small.Add(10_000 / Import(home, beginning).Seconds);
            Directory.Delete(home, recursive: true);
            home = NewHome(bench, $"lite{run}");
            ToolRun import = Import(home, whole);
            large.Add(100_000 / import.Seconds);
            memory.Add(import.PeakBytes / MegaByte);
            Directory.Delete(home, recursive: true);
        }
        bench.Report("import.lite-10k", "messages/s", small);
        bench.Report("import.lite-100k", "messages/s", large);
        bench.Ratio("import.100k-to-10k", "import.lite-100k", "import.lite-10k", 0.5);
        bench.Report("import.lite-100k.memory", "MB", memory, 300, isCeiling: true);
    }

    /// <summary>One thread parses every mail from memory and reads what a list of mails shows.</summary>
    private static void Parse(Bench bench, string maildir)
    {
        List<byte[]> mails = [.. Directory.EnumerateFiles(maildir, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes)];
        double megabytes = mails.Sum(mail => (long)mail.Length) / MegaByte;
        IEnumerable<double> runs = Enumerable.Range(0, Bench.Runs + 1).Select(_ => megabytes / Bench.Time(() =>
        {
            int parts = mails.Sum(octets => Read(MailMessage.Parse(octets)));
            if (parts < mails.Count)
                throw new InvalidOperationException("Mail without parts.");
        }));
        bench.Report("parse.10k", "MB/s", runs.Skip(1), target: 300);
    }

    private static int Read(MailMessage mail) =>
        mail.Subject is null & mail.MessageId is null & mail.Date is null & mail.From.Count < 0 ? 0 : mail.Parts().Count();

    private static string NewHome(Bench bench, string name)
    {
        string home = Path.Combine(bench.Folder, $"import-{name}");
        Tool.Run(Programs.Find("defms"), ["init", "--home", home, "--name", "Alice", "--address", "alice@example.org"]);
        return home;
    }

    private static ToolRun Import(string home, string maildir) => Tool.Measure(Programs.Find("defms"), ["import", maildir, "--home", home]);

    private static long SizeOf(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}

/// <summary>notmuch's index of a Maildir, beside it.</summary>
internal sealed class NotmuchIndex
{
    private readonly string settings;

    public NotmuchIndex(string folder, string maildir)
    {
        Folder = Directory.CreateDirectory(Path.Combine(folder, "notmuch-" + Path.GetFileName(maildir))).FullName;
        settings = Path.Combine(folder, $"notmuch-{Path.GetFileName(maildir)}.ini");
        File.WriteAllText(settings, $"[database]\npath={Folder}\nmail_root={maildir}\n[user]\nname=Alice\nprimary_email=alice@example.org\n[new]\ntags=unread;inbox\n[maildir]\nsynchronize_flags=false\n");
    }

    public string Folder { get; }

    public ToolRun Build() => Run("new", "--quiet");

    public ToolRun Run(params string[] arguments) => Tool.Measure("notmuch", arguments, ("NOTMUCH_CONFIG", settings));
}

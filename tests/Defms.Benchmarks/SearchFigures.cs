using System.Text.Json;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Storage;

namespace Defms.Benchmarks;

/// <summary>
/// What a person waits for in a mailbox of 10,000 and of 100,000 mails: whole processes in turn with notmuch on the same mail, and queries in a
/// process that runs.
/// </summary>
internal static class SearchFigures
{
    private const int Runs = 21;

    private static readonly string[] Words = ["meeting", "report", "invoice", "project", "update", "schedule", "question", "release", "server", "contract"];

    public static Task RunAsync(Bench bench)
    {
        if (Corpora.Generated() is not { } generated || Corpora.Lite() is not { } lite)
        {
            bench.Skip("search", "corpus.py of shared/bench is not here, or python3 is not");
            return Task.CompletedTask;
        }
        string home = Mailbox(bench, generated);
        Cold(bench, "10k", home, generated, target: null);
        Warm(bench, "10k", home);
        Show(bench, home);
        home = Mailbox(bench, lite);
        Cold(bench, "100k", home, lite, target: 150);
        Warm(bench, "100k", home);
        bench.Report("threads-limit-50.100k.cold", "ms", Repeat(() => Defms(home, "threads", "--limit", "50")), 120, isCeiling: true);
        return Task.CompletedTask;
    }

    private static string Mailbox(Bench bench, string maildir)
    {
        string home = Path.Combine(bench.Folder, "search-" + Path.GetFileName(maildir));
        Bench.Say($"importing {Path.GetFileName(maildir)} …");
        Tool.Run(Programs.Find("defms"), ["init", "--home", home, "--name", "Alice", "--address", "alice@example.org"]);
        Tool.Run(Programs.Find("defms"), ["import", maildir, "--home", home]);
        return home;
    }

    private static void Cold(Bench bench, string name, string home, string maildir, double? target)
    {
        NotmuchIndex? peer = Tool.IsHere("notmuch") ? new NotmuchIndex(Corpora.Folder, maildir) : null;
        Bench.Say(peer is null ? "notmuch is not installed" : $"notmuch indexes {Path.GetFileName(maildir)} …");
        // What an earlier run indexed is only looked through.
        peer?.Build();
        var ours = new List<double>();
        var theirs = new List<double>();
        for (int run = 0; run < Runs; run++)
        {
            string word = Words[run % Words.Length];
            ours.Add(Defms(home, "search", word, "--limit", "50"));
            if (peer is not null)
                theirs.Add(peer.Run("search", "--limit=50", word).Seconds * 1000);
        }
        bench.Report($"search.{name}.cold", "ms", ours.Skip(1), target, isCeiling: true);
        if (peer is null)
            return;
        bench.Report($"notmuch.search.{name}.cold", "ms", theirs.Skip(1));
        bench.Report($"search.{name}.cold-beyond-notmuch", "ms", ours.Zip(theirs, (a, b) => a - b).Skip(1), 60, isCeiling: true);
    }

    private static void Warm(Bench bench, string name, string home)
    {
        using Home opened = Home.Open(home);
        var search = new MailSearch(opened.Store, TimeProvider.System);
        IEnumerable<double> Round() => Words.Select(word => Bench.Time(() => search.Find(new SearchQuestion(word) { Limit = 50 })) * 1000);
        for (int round = 0; round < 5; round++)
            _ = Round().Sum();
        bench.Report($"search.{name}.warm", "ms", [.. Enumerable.Range(0, 20).SelectMany(_ => Round())], 5, isCeiling: true);
    }

    /// <summary>The thread whose length is nearest to 100 messages.</summary>
    private static void Show(Bench bench, string home)
    {
        using JsonDocument rows = JsonDocument.Parse(Tool.Run(Programs.Find("defms"), ["threads", "--json", "--limit", "100000", "--home", home]));
        JsonElement row = rows.RootElement.EnumerateArray().MinBy(row => Math.Abs(row.GetProperty("messages").GetInt32() - 100));
        string thread = row.GetProperty("thread").GetString()!;
        bench.Report($"show.{row.GetProperty("messages").GetInt32()}-messages.cold", "ms", Repeat(() => Defms(home, "show", thread)), 150, isCeiling: true);
    }

    private static IEnumerable<double> Repeat(Func<double> run) => [.. Enumerable.Range(0, Runs).Select(_ => run()).Skip(1)];

    private static double Defms(string home, params string[] arguments) =>
        Tool.Measure(Programs.Find("defms"), [.. arguments, "--home", home]).Seconds * 1000;
}

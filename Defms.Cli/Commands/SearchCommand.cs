using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes.Search;

namespace Defms.Cli.Commands;

/// <summary><c>defms search</c>: find mail by what is in it.</summary>
internal static class SearchCommand
{
    private const int DefaultLimit = 20;

    private static readonly Argument<string[]> Query = new("QUERY")
    {
        Description = "Words, \"phrases\", beginnings*, from:bob, subject:lunch, is:unread, after:2024-03, -not, OR, ( ).",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Limit = new("--limit") { Description = $"At most so many (default {DefaultLimit}; 0 for all).", HelpName = "N" };

    private static readonly Flag Best = new("--best") { Description = "The best match first instead of the newest." };

    private static readonly Flag Messages = new("--messages") { Description = "Every message that fits, instead of one of each conversation." };

    public static Command Build() => new CliCommand("search", "Find mail by what is in it.")
    {
        Arguments = { Query },
        Options = { Limit, Best, Messages },
        Notes = "What stands side by side must all hold. Fields: from: to: cc: subject: body: attachment: list: label: thread: has:attachment "
            + "is:unread|read|flagged|answered|own before: after: date:A..B. Letter case and accents do not count. A shell takes quotes for "
            + "itself: put those of a phrase inside others.",
    }
    .In(CommandGroup.Read, "defms search lunch", "defms search 'from:bob \"quarterly report\" after:2w'", "defms search lunch -friday has:attachment")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        int limit = Limits.Read(run, Limit, DefaultLimit);
        var question = new SearchQuestion(QueryWords.Read(run, Query)) { Limit = limit, ByRelevance = run.Has(Best), PerMessage = run.Has(Messages) };
        IReadOnlyList<SearchResult> results = QueryPlace.Told(() => run.Search.Find(question));
        if (run.IsJson)
            run.Out.Json(json => SearchList.Write(json, results));
        else if (results.Count > 0)
            SearchList.Show(run, results);
        else
            run.Error.Line("Nothing found.");
    }
}

using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands;

/// <summary><c>defms threads</c>: the list of conversations.</summary>
internal static class ThreadsCommand
{
    private const int DefaultLimit = 50;

    private static readonly Argument<string[]> Query = new("QUERY")
    {
        Description = "Only conversations with mail that fits, in the language of 'defms search'.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> Limit = new("--limit")
    {
        Description = $"At most so many, the newest first (default {DefaultLimit}; 0 for all).",
        HelpName = "N",
    };

    private static readonly Flag Unread = new("--unread") { Description = "Only those with unread mail." };

    public static Command Build() => new CliCommand("threads", "List conversations, the newest first.")
    {
        Arguments = { Query },
        Options = { Limit, Unread },
    }
    .In(CommandGroup.Read, "defms threads", "defms threads bob lunch --limit 10", "defms threads --unread --json")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        string query = QueryWords.Read(run, Query);
        int limit = Limits.Read(run, Limit, DefaultLimit);
        IReadOnlyList<ListedConversation> conversations = string.IsNullOrWhiteSpace(query)
            ? run.Mailbox.List(new ConversationFilter(null, run.Has(Unread), limit))
            : QueryPlace.Told(() => run.Search.Conversations(query, run.Has(Unread), limit));
        if (run.IsJson)
            run.Out.Json(json => ThreadList.Write(json, conversations));
        else if (conversations.Count > 0)
            ThreadList.Show(run, conversations);
        else
            run.Error.Line(query.Length > 0 || run.Has(Unread) ? "Nothing here that fits." : "No mail yet: 'defms send' writes some, 'defms sync' fetches some.");
    }
}

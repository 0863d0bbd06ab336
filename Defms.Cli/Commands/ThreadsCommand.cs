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
        Description = "Only conversations in whose subject, From, To or Cc each of these words occurs.",
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
        string[] words = run.Get(Query);
        int limit = ReadLimit(run);
        var filter = new ConversationFilter(words.Length == 0 ? null : string.Join(' ', words), run.Has(Unread), limit == 0 ? int.MaxValue : limit);
        IReadOnlyList<ListedConversation> conversations = run.Mailbox.List(filter);
        if (run.IsJson)
            run.Out.Json(json => ThreadList.Write(json, conversations));
        else if (conversations.Count > 0)
            ThreadList.Show(run, conversations);
        else
            run.Error.Line(words.Length > 0 || run.Has(Unread) ? "Nothing here that fits." : "No mail yet: 'defms send' writes some, 'defms sync' fetches some.");
    }

    private static int ReadLimit(Invocation run) => run.Get(Limit) is not { } text ? DefaultLimit
        : int.TryParse(text, out int limit) && limit >= 0 ? limit
        : throw new CommandException($"--limit takes a number from 0 on, not '{text}'.", ExitCode.Usage);
}

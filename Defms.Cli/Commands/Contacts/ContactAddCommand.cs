using System.CommandLine;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactAddCommand
{
    private static readonly Argument<string> Source = new("CARD")
    {
        Description = "The text of a card (defms:…), a file with one in it, or the URL of one.",
        HelpName = "CARD|FILE|URL",
    };

    private static readonly Flag Rebind = new("--rebind")
    {
        Description = "Let addresses that mean somebody else until now mean this person. Compare identities first.",
    };

    public static Command Build() => new CliCommand("add", "Take somebody's card: from now on his addresses mean him.")
    {
        Arguments = { Source },
        Options = { Rebind },
    }
    .In(CommandGroup.Start, "defms contact add bob.card", "defms contact add bob.card --rebind")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        // First the home: without one there is nowhere to put the card.
        _ = run.Self;
        Card card = await CardSource.ReadAsync(run.Get(Source), cancel);
        ContactChange change = run.Store.Write(tables => run.Book(tables).Add(card, run.Has(Rebind)));
        await ContactAcceptCommand.TellAsync(run, change, "Added", cancel);
        return ExitCode.Done;
    }
}

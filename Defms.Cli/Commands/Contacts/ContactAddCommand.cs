using System.CommandLine;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Network;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactAddCommand
{
    private static readonly Argument<string> Source = new("CARD")
    {
        Description = "The text of a card (defms:…), a file with one in it, the URL of one, or an address whose domain shows its card.",
        HelpName = "CARD|FILE|URL|ADDRESS",
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
    .In(CommandGroup.Start, "defms contact add bob.card", "defms contact add bob@example.net")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        // First the home: without one there is nowhere to put the card.
        _ = run.Self;
        string source = run.Get(Source);
        ContactChange change = MailAddress.TryParse(source, out MailAddress address) && !File.Exists(source)
            ? await AddShownAsync(run, address, cancel)
            : await AddAsync(run, source, cancel);
        await ContactAcceptCommand.TellAsync(run, change, "Added", cancel);
        return ExitCode.Done;
    }

    private static async Task<ContactChange> AddAsync(Invocation run, string source, CancellationToken cancel)
    {
        Card card = await CardSource.ReadAsync(source, cancel);
        return run.Store.Write(tables => run.Book(tables).Add(card, run.Has(Rebind)));
    }

    private static async Task<ContactChange> AddShownAsync(Invocation run, MailAddress address, CancellationToken cancel)
    {
        using var fetcher = new CardFetcher();
        Card card = await fetcher.FetchAsync(address, cancel);
        return run.Store.Write(tables => run.Book(tables).AddShown(card, address, run.Has(Rebind)));
    }
}

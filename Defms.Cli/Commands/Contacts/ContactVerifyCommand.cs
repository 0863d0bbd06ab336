using System.CommandLine;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactVerifyCommand
{
    private static readonly Argument<string> Who = ContactCommand.Who();

    public static Command Build() => new CliCommand("verify", "Note that you compared somebody's identity with him by other means.")
    {
        Arguments = { Who },
        Notes = "Read the letters behind did:key: to each other, by telephone or face to face. 'defms contact show' has his, "
            + "'defms card --json' yours.",
    }
    .In(CommandGroup.Start, "defms contact verify bob@example.net")
    .Runs(run => ContactChanges.Change(run, run.Get(Who), "is verified", (_, book, row) => book.Verify(row)));
}

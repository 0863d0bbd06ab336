using System.CommandLine;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactBlockCommand
{
    private static readonly Argument<string> Who = ContactCommand.Who();

    public static Command Build() => new CliCommand("block", "Take nothing more from somebody, and drop what waits from him.")
    {
        Arguments = { Who },
        Notes = "What he wrote into conversations that you have stays. 'defms contact accept' undoes it.",
    }
    .In(CommandGroup.Start, "defms contact block mallory@example.com")
    .Runs(run => ContactChanges.Change(run, run.Get(Who), "is blocked", (tables, book, row) =>
    {
        tables.Quarantine.Remove(row.Identity);
        return book.Block(row);
    }));
}

using System.CommandLine;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactRemoveCommand
{
    private static readonly Argument<string> Who = ContactCommand.Who();

    public static Command Build() => new CliCommand("remove", "Forget a contact and what his addresses meant; mail stays.")
    {
        Arguments = { Who },
        Notes = "In conversations that you share he can still write, and you to him. To refuse him, block him.",
    }
    .In(CommandGroup.Start, "defms contact remove bob@example.net")
    .Runs(run => ContactChanges.Change(run, run.Get(Who), "is no contact any more", (tables, book, row) =>
    {
        tables.Quarantine.Remove(row.Identity);
        book.Remove(row);
        return row;
    }));
}

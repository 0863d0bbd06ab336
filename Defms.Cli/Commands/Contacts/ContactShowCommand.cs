using System.CommandLine;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactShowCommand
{
    private static readonly Argument<string> Who = ContactCommand.Who();

    public static Command Build() => new CliCommand("show", "Show all that is known of somebody.") { Arguments = { Who } }
        .In(CommandGroup.Start, "defms contact show bob@example.net")
        .Runs(Run);

    private static void Run(Invocation run)
    {
        Person person = run.Store.Read(tables => Person.Find(tables, run.Book(tables), run.Get(Who)));
        if (run.IsJson)
            run.Out.Json(json => PersonRendering.Write(json, person));
        else
            PersonRendering.Show(run, person);
    }
}

using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactListCommand
{
    private const int NameWidth = 20;

    public static Command Build() => new CliCommand("list", "List contacts, and strangers who wait to be accepted with what they sent.")
        .In(CommandGroup.Start, "defms contact list", "defms contact list --json")
        .Runs(Run);

    private static void Run(Invocation run)
    {
        List<Person> people = run.Store.Read(Person.All);
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartArray();
                people.ForEach(person => PersonRendering.Write(json, person));
                json.WriteEndArray();
            });
            return;
        }
        if (people.Count == 0)
            run.Error.Line("No contacts yet: 'defms contact add CARD' takes somebody's card.");
        people.ForEach(person => Show(run.Out, person));
    }

    private static void Show(Screen screen, Person person)
    {
        string mark = person.State switch
        {
            ContactState.Accepted => screen.Green(person.IsVerified ? "✓" : " "),
            ContactState.Blocked => screen.Red("✗"),
            _ => screen.Yellow("?"),
        };
        string name = TextWidth.Fit(VisibleText.Line(person.Card.Name), NameWidth);
        string addresses = person.State == ContactState.Accepted && person.Bound.Count > 0 ? PersonRendering.Addresses(person) : $"{PersonRendering.State(screen, person)}  {VisibleText.Line(string.Join(", ", person.Card.Addresses))}";
        screen.Line($"{mark} {screen.Dim(Names.Short(person.Card.Identity))}  {screen.Bold(name)}  {addresses}");
        if (person.Waiting is { } waiting)
            screen.Line($"    {Names.Count(waiting.Count, "message")} waiting, {Names.Size(waiting.Bytes)}; 'defms contact accept {Names.Short(person.Card.Identity)[1..]}' or 'block'");
    }
}

using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands.Contacts;

internal static class ContactAcceptCommand
{
    private static readonly Argument<string> Who = ContactCommand.Who();

    private static readonly Flag Rebind = new("--rebind")
    {
        Description = "Let addresses that mean somebody else until now mean this person. Compare identities first.",
    };

    private static readonly Flag AllowPrivate = new("--allow-private")
    {
        Description = "Let the endpoints on the card lead into private networks, as of machines at home.",
    };

    public static Command Build() => new CliCommand("accept", "Let a stranger in, with what he has sent so far; or somebody you had blocked.")
    {
        Arguments = { Who },
        Options = { Rebind, AllowPrivate },
    }
    .In(CommandGroup.Start, "defms contact accept carol@example.org", "defms contact accept 'Carol Example' --allow-private")
    .RunsAsync(RunAsync);

    /// <summary>Takes in what had waited for this, and says what came of it.</summary>
    public static async Task TellAsync(Invocation run, ContactChange change, string verb, CancellationToken cancel)
    {
        Did identity = change.Row.Identity;
        bool waits = run.Store.Read(tables => tables.Quarantine.BytesOf(identity)) > 0;
        int released = waits ? await run.Delivering.ReleaseAsync(identity, cancel) : 0;
        Person person = run.Store.Read(tables => Person.All(tables).First(other => other.Card.Identity == identity));
        if (run.IsJson)
        {
            run.Out.Json(json => PersonRendering.Write(json, person));
            return;
        }
        run.Out.Line($"{verb} {run.Out.Bold(VisibleText.Line(person.Card.Name))}.");
        if (change.Bound.Count > 0)
            run.Out.Sentence($"Mail to {VisibleText.Line(string.Join(", ", change.Bound))} now goes to");
        run.Out.Line($"  {identity}");
        if (!person.IsVerified)
            run.Out.Sentence("Compare these letters with what he sees in 'defms card --json', then: defms contact verify " + Names.Short(identity)[1..]);
        if (released > 0)
            run.Out.Line($"{Names.Count(released, "message")} of his came in.");
    }

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        string who = run.Get(Who);
        ContactChange change = run.Store.Write(tables =>
        {
            ContactBook book = run.Book(tables);
            Person person = Person.Find(tables, book, who);
            return book.Accept(person.Card, run.Has(Rebind), run.Has(AllowPrivate));
        });
        await TellAsync(run, change, "Accepted", cancel);
        return ExitCode.Done;
    }
}

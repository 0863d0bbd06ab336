using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Contacts;

/// <summary>A change of how the owner stands to somebody.</summary>
internal static class ContactChanges
{
    public static void Change(Invocation run, string who, string outcome, Func<IReplicationTables, ContactBook, ContactRow, ContactRow> change)
    {
        Person person = run.Store.Write(tables =>
        {
            ContactBook book = run.Book(tables);
            Person found = Person.Find(tables, book, who);
            book.Meet(found.Card);
            ContactRow row = change(tables, book, tables.Contacts.Find(found.Card.Identity)!);
            return found with { Contact = row, Waiting = tables.Quarantine.BytesOf(row.Identity) > 0 ? found.Waiting : null };
        });
        if (run.IsJson)
            run.Out.Json(json => PersonRendering.Write(json, person));
        else
            run.Out.Line($"{run.Out.Bold(VisibleText.Line(person.Card.Name))} {outcome}.");
    }
}

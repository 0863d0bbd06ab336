using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Cli.Commands;

/// <summary>Flags and labels on what a person names.</summary>
internal static class Marking
{
    /// <summary>How many messages changed. All names are looked up before anything changes.</summary>
    /// <exception cref="MailboxException">A name is not here, or means several.</exception>
    public static int Apply(Invocation run, string[] names, Marks marks)
    {
        foreach (string name in names)
            Require(run.Mailbox, name);
        return names.Sum(name => run.Mailbox.Mark(name, marks));
    }

    private static void Require(Mailbox mailbox, string name)
    {
        try
        {
            mailbox.FindThread(name);
        }
        catch (MailboxException e) when (e.Fault == MailboxFault.NotFound)
        {
            mailbox.FindMessage(name);
        }
    }

    public static void Write(Invocation run, int changed) => run.Out.Json(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("changed", changed);
        json.WriteEndObject();
    });
}

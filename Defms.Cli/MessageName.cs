using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Cli;

/// <summary>A message as a person names it: by its own name, or by that of a thread, whose newest message is meant.</summary>
internal static class MessageName
{
    /// <exception cref="MailboxException">It names none or several.</exception>
    public static Cid Find(Invocation run, string name) => run.Store.Read(tables =>
    {
        try
        {
            return Naming.Message(tables, name);
        }
        catch (MailboxException e) when (e.Fault == MailboxFault.NotFound)
        {
            return Newest(tables, name) ?? throw new MailboxException($"There is no message or thread '{name}' here.", MailboxFault.NotFound);
        }
    });

    private static Cid? Newest(IMailTables tables, string name)
    {
        try
        {
            ThreadRow thread = tables.Threads.Find(Naming.Thread(tables, name))!;
            return tables.Messages.InThread(thread.Id)
                .Where(row => !row.Flags.HasFlag(MessageFlags.Deleted))
                .OrderBy(row => row.Date).ThenBy(row => row.Cid)
                .LastOrDefault()?.Cid;
        }
        catch (MailboxException e) when (e.Fault == MailboxFault.NotFound)
        {
            return null;
        }
    }
}

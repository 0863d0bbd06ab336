using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands;

/// <summary><c>defms show</c>: read a conversation.</summary>
internal static class ShowCommand
{
    private static readonly Argument<string> Thread = new("THREAD") { Description = "The thread, by its first letters as 'defms threads' shows them." };

    private static readonly Flag KeepUnread = new("--keep-unread") { Description = "Leave what is unread unread." };

    private static readonly Flag Quotes = new("--quotes") { Description = "Show long quotations whole." };

    public static Command Build() => new CliCommand("show", "Read a conversation: the thread with all its branches.")
    {
        Arguments = { Thread },
        Options = { KeepUnread, Quotes },
        Notes = "What it shows counts as read from then on. With --json nothing changes: a script looks, a person reads.",
    }
    .In(CommandGroup.Read, "defms show k3hq7xza", "defms show k3hq7xza --json")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        Cid thread = run.Mailbox.FindThread(run.Get(Thread));
        ShownConversation conversation = run.Mailbox.Show(thread);
        if (run.IsJson)
        {
            run.Out.Json(json => ConversationJson.Write(json, conversation));
            return;
        }
        new ConversationText(run, run.Has(Quotes)).Show(conversation);
        bool isUnread = conversation.Messages.Any(message => !message.Row.Flags.HasFlag(MessageFlags.Read));
        if (isUnread && !run.Has(KeepUnread))
            run.Mailbox.Mark(thread.ToString(), MessageFlags.Read, MessageFlags.None);
    }
}

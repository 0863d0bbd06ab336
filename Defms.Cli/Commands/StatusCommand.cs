using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms status</c>: where things stand.</summary>
internal static class StatusCommand
{
    /// <summary>Mail that is not stored after this is said to be overdue (DESIGN section 3, "Receipt").</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    /// <summary>More overdue mail than this is not listed but counted with the others that wait.</summary>
    private const int MostListed = 1000;

    private static readonly DeliveryState[] Unfinished = [DeliveryState.Queued, DeliveryState.Held, DeliveryState.Quarantined, DeliveryState.Failed];

    private static readonly Argument<string?> Thread = new("THREAD")
    {
        Description = "Say of this thread who has signed when that he holds it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Build() => new CliCommand("status", "Say where things stand: your mail, what waits, who knocks.")
    {
        Arguments = { Thread },
    }
    .In(CommandGroup.Keep, "defms status", "defms status --json", "defms status k3hq7xza")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        if (run.Get(Thread) is { } name)
        {
            ThreadStatus thread = run.Store.Read(tables => ThreadStatus.Read(tables, name, run.Self));
            if (run.IsJson)
                run.Out.Json(thread.Write);
            else
                thread.Show(run);
            return;
        }
        Status status = run.Store.Read(tables => Read(tables, run.Now));
        status = status with { Folder = run.Home.Folder, StoreBytes = SizeOf(run.Home.Folder), IsLocked = run.Home.IsLocked, NodeBlocks = new NodeMove(run.Home.Store).Kept().Blocks };
        if (run.IsJson)
            run.Out.Json(status.Write);
        else
            status.Show(run);
    }

    private static Status Read(IReplicationTables tables, long now)
    {
        IReadOnlyList<ConversationRow> conversations = tables.Conversations.List(new ConversationFilter(null, UnreadOnly: false, int.MaxValue));
        return new Status
        {
            Card = OwnCard.Get(tables),
            Node = tables.Settings.Get(IpfsSettings.Node),
            NodeFault = tables.Settings.Get(IpfsSettings.Fault),
            Conversations = conversations.Count,
            Messages = conversations.Sum(row => (long)row.Messages),
            Unread = conversations.Sum(row => (long)row.Unread),
            Deliveries = tables.Deliveries.Counts(),
            Contacts = tables.Contacts.List().Count(row => row.State == ContactState.Accepted),
            Gateways = [.. Gateways.All(tables).Select(tables.Contacts.Find).OfType<ContactRow>().Select(row => row.Card)],
            Strangers = [.. tables.Quarantine.Senders().Select(sender => (sender.Sender, sender.Count, sender.Bytes))],
            Overdue = [.. Overdue(tables, now)],
            Quota = Quota.Of(tables),
            MissingChunks = FetchLimit.AllWanted(tables, MostListed).Count,
        };
    }

    private static IEnumerable<OverdueDelivery> Overdue(IReplicationTables tables, long now)
    {
        long before = now - (long)Patience.TotalMilliseconds;
        foreach (DeliveryRow delivery in Unfinished.SelectMany(state => tables.Deliveries.In(state, long.MaxValue, MostListed)))
        {
            if (tables.Messages.Find(delivery.Message) is { } message && message.Date < before)
                yield return new OverdueDelivery(message.Cid, message.Date, delivery);
        }
    }

    private static long SizeOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("store.db*").Sum(file => file.Length);
}

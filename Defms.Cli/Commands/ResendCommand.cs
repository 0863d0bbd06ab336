using System.CommandLine;
using Defms.Cli.Writing;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands;

/// <summary><c>defms resend</c>: try again what did not arrive.</summary>
internal static class ResendCommand
{
    private static readonly Argument<string> Name = new("MESSAGE") { Description = "A message of yours, or a thread, whose newest message is meant." };

    private static readonly Flag ViaSmtp = new("--via-smtp")
    {
        Description = "Hand it to the old mail world by a gateway, in clear, where sealed delivery does not work.",
    };

    public static Command Build() => new CliCommand("resend", "Deliver a mail once more to those who do not have it yet.")
    {
        Arguments = { Name },
        Options = { ViaSmtp },
        Notes = "Nobody gets it twice: who has stored it already says so again. By SMTP it goes to those who have not stored it, besides what waits for them.",
    }
    .In(CommandGroup.Write, "defms resend k3hq7xza")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        Cid message = MessageName.Find(run, run.Get(Name));
        _ = run.Identity;
        Cid thread = run.Store.Write(tables => run.Has(ViaSmtp) ? HandOver(tables, message, run.Now) : Requeue(tables, message, run.Now));
        Exchange exchange = await Outgoing.TryDeliverAsync(run, cancel);
        IReadOnlyList<DeliveryRow> deliveries = run.Store.Read(tables => Deliveries.OfMail(tables, message));
        Outgoing.Show(run, message, thread, deliveries);
        Outgoing.TellFailures(run, exchange);
        return exchange.Failed.Count > 0 || deliveries.Any(row => row.State == DeliveryState.Failed) ? ExitCode.Undelivered : ExitCode.Done;
    }

    private static Cid HandOver(IReplicationTables tables, Cid message, long now)
    {
        Resending.ViaSmtp(tables, OfOwnMail(tables, message), now);
        return ThreadOf(tables, message);
    }

    private static Cid Requeue(IReplicationTables tables, Cid message, long now)
    {
        IReadOnlyList<DeliveryRow> deliveries = OfOwnMail(tables, message);
        foreach (DeliveryRow delivery in deliveries.Where(row => row.State != DeliveryState.Stored))
        {
            tables.Deliveries.Requeue(delivery.Message, delivery.Identity, now);
            tables.Outgoing.Hurry(delivery.Identity, now);
        }
        foreach (Did gateway in Gateways.All(tables))
            tables.Outgoing.Hurry(gateway, now);
        return ThreadOf(tables, message);
    }

    private static IReadOnlyList<DeliveryRow> OfOwnMail(IMailTables tables, Cid message) => Deliveries.OfMail(tables, message) is { Count: > 0 } deliveries
        ? deliveries
        : throw new MailboxException($"Message {message} is not one that you sent.");

    private static Cid ThreadOf(IMailTables tables, Cid message) => tables.Threads.Find(tables.Messages.Find(message)!.Thread)!.Thread;
}

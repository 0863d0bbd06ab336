using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Writing;

/// <summary>The deliveries of a mail, whichever threads carry it: blind readers have one of their own.</summary>
internal static class Deliveries
{
    public static IReadOnlyList<DeliveryRow> OfMail(IMailTables tables, Cid message)
    {
        MessageRow row = tables.Messages.Find(message)
            ?? throw new MailboxException($"There is no message {message} here.", MailboxFault.NotFound);
        long conversation = tables.Threads.Find(row.Thread)!.Conversation;
        return [.. tables.Messages.WithHash(conversation, row.Hash)
            .SelectMany(copy => tables.Deliveries.Of(copy.Id))
            .OrderBy(delivery => delivery.IsBcc)];
    }
}

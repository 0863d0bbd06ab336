using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>Takes in receipts that come by themselves: of mail that went by way of a host, was fetched, or waited for acceptance.</summary>
public sealed class ReceiptDesk(IStore<IReplicationTables> store, Identity self, Outbox outbox)
{
    /// <summary>Null when the receipt changed the sentbox; otherwise why not, in words for the one who sent it.</summary>
    public string? Take(Block block)
    {
        if (!Receipt.TryRead(block, out Receipt? receipt, out string? error))
            return $"the receipt {error}";
        if (receipt.Sender != self.Did)
            return ForSomebodyElse;
        if (store.Read(tables => tables.Outgoing.Find(receipt.Announcement, OutgoingKind.Announcement)) is not { } row)
            return NotWaiting;
        return outbox.Apply(row, receipt, answering: null) ? null : "the receipt does not count: it was not signed by the recipient";
    }

    /// <summary>Its announcement was not the owner's; perhaps it is held for the one whose it was.</summary>
    public const string ForSomebodyElse = "the receipt is for somebody else";

    /// <summary>Nothing here waits for this receipt (any more); sending it again is of no use.</summary>
    public const string NotWaiting = "no announcement here waits for this receipt";
}

using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>What differs in the outbox where an announcement brings a parcel: its blocks, and what its receipt changes.</summary>
internal static class ParcelOutbox
{
    /// <summary>The parcel that an outgoing row brings, or null for that of a thread.</summary>
    public static ParcelRow? Find(IReplicationTables tables, OutgoingRow row) => row.Thread is { } name ? tables.Parcels.Find(name) : null;

    /// <summary>The chunks that go with a parcel, in order; none where the block is something else.</summary>
    public static IReadOnlyList<Cid> BodyOf(Block block) => ParcelNode.TryRead(block, out ParcelNode? node, out _) ? node.Body : [];

    /// <summary>Says why a parcel has not gone yet.</summary>
    public static void Explain(IReplicationTables tables, OutgoingRow row, string reason)
    {
        if (Find(tables, row) is not { } parcel)
            return;
        tables.Parcels.SetState(parcel.Cid, parcel.State, reason, parcel.Updated);
        foreach (DeliveryRow delivery in tables.Parcels.Carried(parcel.Cid).Where(delivery => delivery.State == DeliveryState.Queued))
            tables.Parcels.SetCarried(parcel.Cid, delivery.Address, delivery.State, reason, delivery.Updated);
    }

    /// <summary>Lets a receipt change what is known of a parcel; false when the row brings none.</summary>
    public static bool Record(IReplicationTables tables, OutgoingRow row, Receipt receipt, long now)
    {
        if (Find(tables, row) is not { } parcel)
            return false;
        switch (receipt.Verdict)
        {
            case Verdict.Stored:
                Settle(tables, row, parcel.Cid);
                tables.Parcels.SetState(parcel.Cid, DeliveryState.Stored, "stored by the recipient", now);
                SetQueued(tables, parcel.Cid, DeliveryState.Held, "with the gateway", now);
                break;
            case Verdict.Held:
                tables.Outgoing.Postpone(row.Row, row.Attempts + 1, long.MaxValue, null);
                tables.Parcels.SetState(parcel.Cid, DeliveryState.Held, "held by a host of the recipient", now);
                SetQueued(tables, parcel.Cid, DeliveryState.Held, "held by a host of the gateway", now);
                break;
            default:
                Refuse(tables, row, parcel, receipt.Reason ?? "not accepted yet", now);
                break;
        }
        return true;
    }

    /// <summary>Lets a parcel's blocks go.</summary>
    public static void LetGo(IReplicationTables tables, Cid parcel)
    {
        if (tables.Blocks.Find(parcel) is { } block)
            tables.Blocks.Remove([parcel, .. BodyOf(block)]);
        tables.Parcels.SetGone(parcel);
    }

    /// <summary>A mail that a person refuses is all that is left of it: it is kept and tried again. What else is refused is over.</summary>
    private static void Refuse(IReplicationTables tables, OutgoingRow row, ParcelRow parcel, string reason, long now)
    {
        if (parcel.Type is ParcelType.Delivery or ParcelType.Deliveries)
            tables.Outgoing.Postpone(row.Row, row.Attempts + 1, now + (long)Pauses.Quarantined.TotalMilliseconds, reason);
        else
            Settle(tables, row, parcel.Cid);
        tables.Parcels.SetState(parcel.Cid, DeliveryState.Failed, $"refused: {reason}", now);
        SetQueued(tables, parcel.Cid, DeliveryState.Failed, $"refused by the gateway: {reason}", now);
    }

    private static void Settle(IReplicationTables tables, OutgoingRow row, Cid parcel)
    {
        tables.Outgoing.Remove(row.Row);
        LetGo(tables, parcel);
    }

    /// <summary>The recipients of a submission of whom no report has spoken yet.</summary>
    private static void SetQueued(IReplicationTables tables, Cid parcel, DeliveryState state, string detail, long now)
    {
        if (tables.Parcels.Find(parcel) is { Reported: > 0 })
            return;
        foreach (DeliveryRow delivery in tables.Parcels.Carried(parcel).Where(delivery => delivery.State is DeliveryState.Queued or DeliveryState.Held))
            tables.Parcels.SetCarried(parcel, delivery.Address, state, detail, now);
    }
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>
/// Holds mail for others: takes announcements and receipts for the identities that are served here, verifies signatures and names, opens
/// nothing, and answers that it is held once it is on the disk. Safe for use by several threads.
/// </summary>
public sealed class Holding(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    private static ReceptionResult NotForHere => ReceptionResult.Of(ReceptionFault.NotForHere, "nobody with that identity takes mail in here");

    private static ReceptionResult NoRoom => ReceptionResult.Of(ReceptionFault.NoRoom, "there is no more room here for what you send to this recipient");

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether mail for somebody is held here.</summary>
    public bool Serves(Did recipient) => store.Read(tables => tables.Served.Find(recipient)) is not null;

    /// <summary>
    /// Takes in one announcement with its blocks. When they did not come whole nothing of this request is kept; when chunks are still
    /// missing the receipt names them, and the recipient is shown nothing before they are here. The same one again earns the same
    /// receipt and costs nothing.
    /// </summary>
    /// <param name="network">Where it came from, by <see cref="QuarantineBudget.NetworkOf"/>.</param>
    public async Task<ReceptionResult> TakeAsync(Announcement announcement, BlockFeed blocks, string network, CancellationToken cancel)
    {
        Did sender = announcement.Sender.Identity;
        (ServedRow? served, HeldItem? earlier, long left) = store.Read(tables => tables.Served.Find(announcement.Recipient) is { } row
            ? (row, tables.Held.Find(row.Identity, announcement.Id, sender, OutgoingKind.HeldAnnouncement), HoldingBudget.Left(tables.Held, row, sender, network))
            : default);
        if (served is null)
            return NotForHere;
        if (earlier?.Receipt is { } bytes && Receipt.TryRead(Block.Create(Cid.DagCbor, bytes), out Receipt? given, out _))
            return ReceptionResult.Of(given);
        if (sender == served.Identity && announcement.Sender.Epoch < served.Epoch)
            return ReceptionResult.Of(Receipt.Issue(self, announcement, Verdict.Refused, "its sender's keys were replaced by newer ones", [], Now));
        var arrival = new HeldArrival(store, announcement, network, earlier, Now);
        bool isKept = false;
        try
        {
            if (!await arrival.ReadAsync(blocks, left, cancel))
                return NoRoom;
            if (blocks.Error is not null || arrival.IsTooLarge)
                return arrival.IsTooLarge ? TooLarge : ReceptionResult.Of(blocks);
            ReceptionResult result = await store.WriteAsync(tables => Finish(tables, served, arrival), cancel);
            isKept = result.Receipt is not null;
            return result;
        }
        finally
        {
            if (!isKept)
                arrival.LetGo();
        }
    }

    /// <summary>Holds a receipt for somebody served; a later one of the same signer takes its place. The result brings it back when it is held.</summary>
    public ReceptionResult TakeReceipt(Block block, string network)
    {
        if (!Receipt.TryRead(block, out Receipt? receipt, out string? error))
            return ReceptionResult.Of(ReceptionFault.Malformed, $"the receipt {error}");
        // Only the recipient's own word counts behind a host; others' would be carried for nothing.
        if (receipt.Signer.Identity != receipt.Recipient)
            return ReceptionResult.Of(ReceptionFault.Malformed, "the receipt does not count: it was not signed by the recipient");
        return store.Write(tables => Hold(tables, receipt, network));
    }

    private static ReceptionResult TooLarge => ReceptionResult.Of(ReceptionFault.TooLarge, "the announcement speaks of more than is held of one");

    private ReceptionResult Finish(IReplicationTables tables, ServedRow served, HeldArrival arrival)
    {
        Announcement announcement = arrival.Announcement;
        long item = arrival.Put(tables);
        if (HoldingBudget.Left(tables.Held, served, announcement.Sender.Identity, arrival.Network) < 0 || !HoldingBudget.MakeRoom(tables.Held, served))
            return NoRoom;
        IEnumerable<Cid> missing = arrival.Links.Missing(tables.Held, item).Take(Receipt.MaxMissing);
        Receipt receipt = Receipt.Issue(self, announcement, Verdict.Held, null, missing, Now);
        if (receipt.Missing.Count == 0)
            tables.Held.Complete(item, Row(OutgoingKind.HeldAnnouncement, announcement.Id, announcement.Recipient, announcement.Thread, announcement.Block), receipt.Block.Data.ToArray());
        return ReceptionResult.Of(receipt);
    }

    private ReceptionResult Hold(IReplicationTables tables, Receipt receipt, string network)
    {
        if (tables.Served.Find(receipt.Sender) is not { } served)
            return NotForHere;
        Did signer = receipt.Signer.Identity;
        if (tables.Held.Find(served.Identity, receipt.Announcement, signer, OutgoingKind.HeldReceipt) is { } earlier)
            tables.Held.Remove(earlier.Id);
        int size = receipt.Block.Data.Length;
        if (HoldingBudget.Left(tables.Held, served, signer, network) < size || !HoldingBudget.MakeRoom(tables.Held, served))
            return NoRoom;
        long item = tables.Held.Add(new HeldItem(
            0, OutgoingKind.HeldReceipt, receipt.Announcement.ToArray(), served.Identity, signer, network, size, Now, null, null));
        tables.Held.Complete(item, Row(OutgoingKind.HeldReceipt, receipt.Announcement, served.Identity, null, receipt.Block), null);
        return ReceptionResult.Of(receipt);
    }

    /// <summary>Never due: the recipient asks for it.</summary>
    private static OutgoingRow Row(OutgoingKind kind, ReadOnlySpan<byte> id, Did recipient, Cid? thread, Block block) =>
        new(0, kind, id.ToArray(), recipient, thread, block.Data.ToArray(), Attempts: 1, NextAttempt: long.MaxValue, Error: null);
}

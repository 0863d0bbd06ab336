using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>
/// Keeps what strangers send, unopened and within <see cref="QuarantineBudget"/>, until the person accepts or blocks them. Nothing is
/// fetched for them and nothing of theirs is shown but the card.
/// </summary>
public sealed class Quarantine(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    /// <summary>Chunks of a stranger's attachments that do not fit are passed over and asked for once he is accepted; but not for ever.</summary>
    private const long MostPassedOver = 16 * 1024 * 1024;

    private static ReceptionResult NoRoom =>
        ReceptionResult.Of(ReceptionFault.NoRoom, "there is no more room here for people who are not accepted yet");

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Takes in what a person who is now accepted had sent; each announcement earns its receipt, which is queued for him.
    /// Returns how many messages came in.
    /// </summary>
    public async Task<int> ReleaseAsync(Did sender, CancellationToken cancel)
    {
        IReadOnlyList<QuarantineRow> rows = store.Read(tables => tables.Quarantine.Of(sender));
        int added = 0;
        foreach (QuarantineRow row in rows)
        {
            CarReader car = await CarReader.OpenAsync(new MemoryStream(row.Car), CarBudget.Unlimited, cancel);
            if (await car.NextAsync(cancel) is not { } first || !Announcement.TryRead(first, out Announcement? announcement, out _))
                continue;
            var blocks = new BlockFeed(car, CarBudget.Unlimited);
            ReceptionResult result = await new Reception(store, self, time).TakeAsync(announcement, blocks, row.Network, cancel);
            added += result.Added;
            if (result.Receipt is { } receipt)
                store.Write(tables => Answer(tables, receipt, announcement.Thread));
        }
        Drop(sender);
        return added;
    }

    /// <summary>Lets go of what somebody sent.</summary>
    public void Drop(Did sender) => store.Write(tables =>
    {
        tables.Quarantine.Remove(sender);
        return true;
    });

    /// <summary>Queues a receipt for the one who announced.</summary>
    internal static bool Answer(IReplicationTables tables, Receipt receipt, Cid thread)
    {
        if (tables.Outgoing.Find(receipt.Announcement, OutgoingKind.Receipt) is { } earlier)
            tables.Outgoing.Remove(earlier.Row);
        tables.Outgoing.Add(
            new OutgoingRow(0, OutgoingKind.Receipt, receipt.Announcement.ToArray(), receipt.Sender, thread, receipt.Block.Data.ToArray(), 0, 0, null), []);
        return true;
    }

    internal async Task<ReceptionResult> KeepAsync(
        Announcement announcement, Card sender, BlockFeed blocks, string network, CancellationToken cancel)
    {
        if (store.Read(tables => tables.Quarantine.Has(announcement.Id)))
            return Answer(announcement);
        long left = store.Read(tables => QuarantineBudget.Left(tables.Quarantine, announcement.Sender.Identity, network));
        var buffer = new MemoryStream();
        CarWriter car = await CarWriter.CreateAsync(buffer, [announcement.Block.Cid], cancel);
        await car.WriteAsync(announcement.Block, cancel);
        while (await blocks.NextAsync(cancel) is { } block && blocks.Bytes <= MostPassedOver)
        {
            if (buffer.Length + CarWriter.SectionLength(block) <= left)
                await car.WriteAsync(block, cancel);
            else if (block.Cid.Codec != Cid.Raw)
                return NoRoom;
        }
        if (blocks.Error is not null)
            return ReceptionResult.Of(blocks);
        var row = new QuarantineRow(announcement.Id.ToArray(), announcement.Sender.Identity, network, buffer.ToArray(), sender.Encoded.ToArray(), Now);
        return await store.WriteAsync(tables => Keep(tables, row, announcement, sender, network), cancel);
    }

    /// <summary>Looks once more, now that nobody else writes, whether there is room.</summary>
    private ReceptionResult Keep(IReplicationTables tables, QuarantineRow row, Announcement announcement, Card sender, string network)
    {
        if (row.Car.Length > QuarantineBudget.Left(tables.Quarantine, row.Sender, network))
            return NoRoom;
        new ContactBook(tables, self.Did, time.GetUtcNow()).Learn(sender);
        tables.Quarantine.Put(row);
        return Answer(announcement);
    }

    private ReceptionResult Answer(Announcement announcement) =>
        ReceptionResult.Of(Receipt.Issue(self, announcement, Verdict.Quarantined, null, [], Now));
}

using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>One request that brings an announcement to a host: its blocks go to the disk in batches while the rest still arrives.</summary>
/// <param name="earlier">What earlier requests brought of it; null when this is the first.</param>
/// <param name="now">Unix milliseconds.</param>
internal sealed class HeldArrival(IStore<IReplicationTables> store, Announcement announcement, string network, HeldItem? earlier, long now)
{
    /// <summary>So little is kept in memory of each of several requests at once.</summary>
    private const long BatchBytes = 4 * 1024 * 1024;

    private readonly List<Block> batch = [];
    private long batchBytes;
    private bool hasWritten;

    public Announcement Announcement => announcement;

    public string Network => network;

    public HeldLinks Links { get; } = new(announcement);

    public bool IsTooLarge => Links.IsTooLarge;

    /// <summary>Reads what belongs to the announcement; false when it is more than <paramref name="left"/> bytes.</summary>
    public async Task<bool> ReadAsync(BlockFeed blocks, long left, CancellationToken cancel)
    {
        if (earlier is not null)
            store.Read(tables => FollowEarlier(tables.Held, earlier.Id));
        long kept = announcement.Block.Data.Length;
        while (kept <= left && !IsTooLarge && await blocks.NextAsync(cancel) is { } block)
        {
            if (!Links.Follow(block))
                continue;
            batch.Add(block);
            kept += block.Data.Length;
            if ((batchBytes += block.Data.Length) >= BatchBytes)
                await store.WriteAsync(Put, cancel);
        }
        return kept <= left;
    }

    /// <summary>Writes what waits; the item's number.</summary>
    public long Put(IReplicationTables tables)
    {
        long item = tables.Held.Find(announcement.Recipient, announcement.Id, announcement.Sender.Identity, OutgoingKind.HeldAnnouncement)?.Id
            ?? tables.Held.Add(Item());
        tables.Held.AddBlocks(item, batch);
        batch.Clear();
        (batchBytes, hasWritten) = (0, true);
        return item;
    }

    /// <summary>Undoes what this request wrote, where it was the first.</summary>
    public void LetGo()
    {
        if (hasWritten && earlier is null)
            store.Write(Remove);
    }

    private HeldItem Item() => new(
        0, OutgoingKind.HeldAnnouncement, announcement.Id.ToArray(), announcement.Recipient, announcement.Sender.Identity, network,
        announcement.Block.Data.Length, now, null, null);

    private bool Remove(IReplicationTables tables)
    {
        HeldItem? item = tables.Held.Find(announcement.Recipient, announcement.Id, announcement.Sender.Identity, OutgoingKind.HeldAnnouncement);
        // Another request may have brought the rest meanwhile.
        if (item is { Row: null })
            tables.Held.Remove(item.Id);
        return true;
    }

    private bool FollowEarlier(IHeldTable held, long item)
    {
        foreach (HeldPart part in held.Parts(item).Where(part => part.Cid.Codec != Cid.Raw))
        {
            if (held.Read(part) is { } block)
                Links.Follow(block);
        }
        return true;
    }
}

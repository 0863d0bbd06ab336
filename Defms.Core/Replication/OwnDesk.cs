using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>Answers a sync of another machine of the owner's: what came into this store since it last asked (docs/formats/own-machines.md).</summary>
internal sealed class OwnDesk(IStore<IReplicationTables> store, Identity self, TimeProvider time, Outbox outbox)
{
    /// <summary>How often a long poll looks for something new: it may come from another process.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly OwnNews news = new(store, outbox);

    /// <param name="from">The asker's cursor in this store.</param>
    /// <param name="epoch">Of this store.</param>
    public async Task<(SyncHead Head, IEnumerable<Block> Blocks)> AnswerAsync(SyncRequest request, long from, byte[] epoch, CancellationToken cancel)
    {
        // By the epoch in the cursor this machine sees that it has asked itself.
        if (store.Read(tables => request.Device.AsSpan().SequenceEqual(tables.Settings.GetBytes(StoreSettings.Device))))
            return Answer(new SyncHead { Cursor = new SyncCursor(epoch, from), Items = [] }, [], largest: 0);
        store.Write(tables => Register(tables, request.Device, from));
        OwnUpdates updates = await WaitAsync(request, from, cancel);
        var head = new SyncHead
        {
            Cursor = new SyncCursor(epoch, updates.Row),
            Items = [.. updates.Items.Select(update => update.Announcement.Block.Cid)],
            HasMore = updates.HasMore,
        };
        return Answer(request.Full ? store.Read(tables => head.WithRoots(tables.Threads.WithParty(self.Did), request.Digests)) : head, updates.Items, request.Largest ?? long.MaxValue);
    }

    private bool Register(IReplicationTables tables, byte[] device, long from)
    {
        tables.Devices.Put(self.Did, device, from, time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    }

    private async Task<OwnUpdates> WaitAsync(SyncRequest request, long from, CancellationToken cancel)
    {
        byte[] reader = MachineTag.OfDevice(request.Device).ToArray();
        OwnUpdates updates = news.Behind(from, reader);
        if (request.WaitSeconds == 0 || updates.Items.Count > 0)
            return updates;
        using var timer = new PeriodicTimer(Look, time);
        long end = time.GetTimestamp() + (request.WaitSeconds * time.TimestampFrequency);
        while (updates.Items.Count == 0 && time.GetTimestamp() < end && await timer.WaitForNextTickAsync(cancel))
            updates = news.Behind(updates.Row, reader);
        return updates;
    }

    private (SyncHead Head, IEnumerable<Block> Blocks) Answer(SyncHead head, IReadOnlyList<OwnUpdate> updates, long largest) =>
        (head, updates.SelectMany(update => news.BlocksOf(update, largest).Prepend(update.Announcement.Block)).Prepend(head.ToBlock()));
}

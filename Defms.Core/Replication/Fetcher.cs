using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>Asks others for what they keep for the owner, and for blocks that are missing here.</summary>
internal sealed class Fetcher(IStore<IReplicationTables> store, Identity self, IPeer peer, TimeProvider time, ISubmissionDesk? submissions = null)
{
    /// <summary>A peer that always says "more" would keep us asking for ever.</summary>
    private const int MaxRounds = 1000;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes in all that a peer has for the owner; how many announcements and receipts it showed.</summary>
    public async Task<int> SyncAsync(PeerAddress address, bool full, int waitSeconds, SyncReport report, CancellationToken cancel)
    {
        byte[] device = store.Read(tables => tables.Settings.GetBytes(StoreSettings.Device))!;
        int items = 0;
        for (int round = 0; round < MaxRounds; round++)
        {
            SyncCursor? cursor = full && round == 0 ? null : store.Read(tables => tables.Cursors.Find(address.Identity));
            var request = new SyncRequest { Device = device, Cursor = cursor, Full = full && round == 0, WaitSeconds = waitSeconds };
            SyncHead head;
            var incomplete = new List<Announcement>();
            using (PeerStream stream = await peer.SyncAsync(address, request, cancel))
                head = await TakeAsync(address, stream.Blocks, incomplete, report, cancel);
            foreach (Announcement announcement in incomplete)
                await CompleteAsync(address, announcement, report, cancel);
            store.Write(tables => Advance(tables, address.Identity, head.Cursor));
            foreach ((Cid thread, Cid root) in head.Roots)
                await ReconcileAsync(address, thread, root, report, cancel);
            items += head.Items.Count;
            if (!head.HasMore)
                break;
        }
        return items;
    }

    /// <summary>Fetches chunks of a thread that are missing here.</summary>
    public async Task FetchMissingAsync(PeerAddress address, Cid thread, SyncReport report, CancellationToken cancel)
    {
        IReadOnlyList<Cid> missing = store.Read(tables => tables.Threads.Find(thread) is { } row ? tables.Messages.Missing(row.Id) : []);
        foreach (Cid[] batch in missing.Chunk(WantList.MaxBlocks))
            await TakeInAsync(thread, await FetchAsync(address, thread, batch, cancel), report);
    }

    private static bool Advance(IReplicationTables tables, Did peer, SyncCursor cursor)
    {
        tables.Cursors.Put(peer, cursor);
        return true;
    }

    /// <summary>The head, then each item with its blocks behind it. What came in part is added to <paramref name="incomplete"/>.</summary>
    private async Task<SyncHead> TakeAsync(
        PeerAddress address, CarReader car, List<Announcement> incomplete, SyncReport report, CancellationToken cancel)
    {
        Block? block = await car.NextAsync(cancel);
        if (block is null || !SyncHead.TryRead(block, out SyncHead? head, out string? error))
            throw new PeerException(PeerFault.BadAnswer, $"{address.Url} gave no answer of the protocol.");
        HashSet<Cid> items = [.. head.Items];
        block = await car.NextAsync(cancel);
        while (block is not null)
            block = items.Contains(block.Cid) ? await TakeItemAsync(address, block, items, car, incomplete, report, cancel) : await car.NextAsync(cancel);
        return car.Error is null ? head : throw new PeerException(PeerFault.BadAnswer, $"{address.Url} sent a CAR that {car.Error}.");
    }

    /// <summary>One announcement or receipt. Returns the block behind it and its own blocks.</summary>
    private async Task<Block?> TakeItemAsync(
        PeerAddress address, Block item, HashSet<Cid> items, CarReader car, List<Announcement> incomplete, SyncReport report, CancellationToken cancel)
    {
        var blocks = new BlockFeed(car, Reception.Budget, block => items.Contains(block.Cid));
        if (Announcement.TryRead(item, out Announcement? announcement, out _))
        {
            Receipt? receipt = await TakeInAsync(address, announcement, blocks, report, cancel);
            if (receipt is { Missing.Count: > 0 })
                incomplete.Add(announcement);
        }
        else
        {
            TakeReceipt(item);
        }
        // What its taker did not read still stands before the next item.
        return await blocks.SkipAsync(cancel);
    }

    /// <summary>Takes an announcement in and queues its receipt.</summary>
    private async Task<Receipt?> TakeInAsync(
        PeerAddress address, Announcement announcement, BlockFeed blocks, SyncReport report, CancellationToken cancel)
    {
        ReceptionResult result = await new Reception(store, self, time, submissions).TakeAsync(announcement, blocks, $"peer {address.Identity}", cancel);
        if (result.Receipt is { } receipt)
            store.Write(tables => Quarantine.Answer(tables, receipt, announcement.Thread));
        report.AddReceived(announcement.Thread, result.Added);
        return result.Receipt;
    }

    /// <summary>Fetches the chunks that did not fit the answer, and then earns the receipt for the whole.</summary>
    private async Task CompleteAsync(PeerAddress address, Announcement announcement, SyncReport report, CancellationToken cancel)
    {
        await FetchMissingAsync(address, announcement.Thread, report, cancel);
        await TakeInAsync(address, announcement, BlockFeed.None, report, cancel);
    }

    private void TakeReceipt(Block item)
    {
        var outbox = new Outbox(store, self, time, RandomSource.System);
        new ReceiptDesk(store, self, outbox).Take(item);
    }

    /// <summary>Compares one common thread with the peer's and fetches the messages that are not here.</summary>
    private async Task ReconcileAsync(PeerAddress address, Cid thread, Cid root, SyncReport report, CancellationToken cancel)
    {
        if (store.Read(tables => tables.Threads.Find(thread)) is not { } row || row.Root == root)
            return;
        var walk = new RootWalk(thread, root, cid => store.Read(tables => tables.Messages.Has(cid) || tables.Messages.IsRefused(cid) || tables.Blocks.Has(cid)));
        while (walk.Wanted.Count > 0)
        {
            Cid[] asked = [.. walk.Wanted.Take(WantList.MaxBlocks)];
            foreach (Block node in await FetchAsync(address, thread, asked, cancel))
                walk.Feed(node);
            // What did not come with the answer is not asked for twice.
            walk.Abandon(asked);
        }
        foreach (Cid[] batch in walk.Missing.Chunk(WantList.MaxBlocks))
            await TakeInAsync(thread, await FetchAsync(address, thread, batch, cancel), report);
        await FetchMissingAsync(address, thread, report, cancel);
    }

    private async Task<List<Block>> FetchAsync(PeerAddress address, Cid thread, IReadOnlyList<Cid> wanted, CancellationToken cancel)
    {
        using PeerStream stream = await peer.FetchAsync(address, new WantList(thread, wanted), cancel);
        HashSet<Cid> asked = [.. wanted];
        var blocks = new List<Block>();
        while (await stream.Blocks.NextAsync(cancel) is { } block)
        {
            if (asked.Contains(block.Cid))
                blocks.Add(block);
        }
        return stream.Blocks.Error is null ? blocks : throw new PeerException(PeerFault.BadAnswer, $"{address.Url} sent a CAR that {stream.Blocks.Error}.");
    }

    /// <summary>Unites fetched messages and chunks with a thread that is here; each message still has to show that it belongs.</summary>
    private async Task TakeInAsync(Cid thread, List<Block> blocks, SyncReport report)
    {
        if (blocks.Count == 0)
            return;
        var arrived = new ArrivedBlocks(store);
        blocks.ForEach(block => arrived.Add(block));
        using Threads.Thread opened = store.Read(tables => ThreadAccess.Open(tables, thread));
        var messages = new List<IndexedMessage>();
        var refused = new List<Cid>();
        foreach (Block block in arrived.Nodes(except: thread))
        {
            if (opened.TryOpen(block, out Message? message, out _))
                messages.Add(Indexing.Read(opened, message, arrived, self.Did, Now));
            else
                refused.Add(block.Cid);
        }
        ArrivalResult result = await store.WriteAsync(tables =>
        {
            ArrivalResult arrival = Arrival.Add(tables, opened, messages, arrived.Chunks, self.Did, Now);
            tables.Messages.Refuse(arrival.Thread.Id, refused);
            return arrival;
        });
        report.AddReceived(thread, result.Added);
    }
}

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

    /// <summary>Takes in all that a peer has for the owner.</summary>
    public async Task<SyncOutcome> SyncAsync(PeerAddress address, bool full, int waitSeconds, SyncReport report, CancellationToken cancel)
    {
        byte[] device = store.Read(tables => tables.Settings.GetBytes(StoreSettings.Device))!;
        SyncHead? first = null;
        int items = 0;
        for (int round = 0; round < MaxRounds; round++)
        {
            bool isFull = full && round == 0;
            var request = new SyncRequest
            {
                Device = device,
                Cursor = store.Read(tables => FindCursor(tables, address, isFull)),
                Full = isFull,
                WaitSeconds = waitSeconds,
                Largest = store.Read(FetchLimit.Of),
                Digests = isFull ? store.Read(tables => ThreadDigests.Of(tables.Threads.WithParty(address.Identity))) : null,
            };
            SyncHead head = await TakeAnswerAsync(address, request, report, cancel);
            first ??= head;
            items += head.Items.Count;
            bool isStartedOver = await ReconcileAsync(address, head.Roots, report, cancel);
            if (head.HasMore || isStartedOver)
                continue;
            if (store.Read(tables => RecoveryHosts.Contains(tables, address.Identity)))
                store.Write(tables => { RecoveryHosts.Done(tables, address.Identity); return true; });
            break;
        }
        return new SyncOutcome(first!, items);
    }

    /// <summary>Fetches blocks of a thread that are missing here: chunks, and what was let go of because it was damaged.</summary>
    /// <param name="everything">Whether those beyond the owner's <see cref="FetchLimit"/> are wanted, too.</param>
    public async Task FetchMissingAsync(PeerAddress address, Cid thread, bool everything, SyncReport report, CancellationToken cancel)
    {
        // A message that comes again may name chunks that rotted with it; nothing is asked for twice.
        HashSet<Cid> asked = [];
        while (store.Read(tables => Missing(tables, thread, everything)).Where(asked.Add).ToList() is { Count: > 0 } missing)
        {
            foreach (Cid[] batch in missing.Chunk(WantList.MaxBlocks))
                await TakeInAsync(thread, await FetchAsync(address, thread, batch, cancel), report);
        }
    }

    private static IReadOnlyList<Cid> Missing(IReplicationTables tables, Cid thread, bool everything) =>
        tables.Threads.Find(thread) is not { } row ? [] : everything ? tables.Messages.Missing(row.Id) : FetchLimit.Wanted(tables, row.Id);

    private async Task<SyncHead> TakeAnswerAsync(PeerAddress address, SyncRequest request, SyncReport report, CancellationToken cancel)
    {
        SyncHead head;
        var taken = new TakenAnswer();
        using (PeerStream stream = await peer.SyncAsync(address, request, cancel))
            head = await TakeAsync(address, stream.Blocks, taken, report, cancel);
        foreach (Announcement announcement in taken.Incomplete)
            await CompleteAsync(address, announcement, report, cancel);
        store.Write(tables => Advance(tables, address, head.Cursor, taken.Machine));
        return head;
    }

    /// <summary>Full starts over with others, whose announcements wait for us; an own machine would announce all of its mailbox.</summary>
    private SyncCursor? FindCursor(IReplicationTables tables, PeerAddress address, bool isFull) =>
        address.Identity == self.Did ? tables.OwnMachines.Find(Endpoint(address))?.Read
        : isFull ? null
        : tables.Cursors.Find(address.Identity);

    /// <param name="machine">The tag of the own machine that answered; empty where it announced nothing.</param>
    private bool Advance(IReplicationTables tables, PeerAddress address, SyncCursor cursor, byte[] machine)
    {
        if (address.Identity != self.Did)
        {
            tables.Cursors.Put(address.Identity, cursor);
            return true;
        }
        string url = Endpoint(address);
        bool isSameStore = tables.OwnMachines.Find(url) is { } known && known.Read.Epoch.AsSpan().SequenceEqual(cursor.Epoch);
        OwnMachineRow row = isSameStore ? tables.OwnMachines.Find(url)! with { Read = cursor } : new OwnMachineRow(url, cursor, 0, []);
        tables.OwnMachines.Put(machine.Length > 0 ? row with { Tag = machine } : row);
        return true;
    }

    private static string Endpoint(PeerAddress address) => new Endpoint(address.Url, address.Identity).Text;

    /// <summary>
    /// Fetches what another has more of in common threads. True where an own machine has a thread that is not here: then it is read from
    /// its beginning once more.
    /// </summary>
    private async Task<bool> ReconcileAsync(PeerAddress address, IReadOnlyList<(Cid Thread, Cid Root)> roots, SyncReport report, CancellationToken cancel)
    {
        foreach ((Cid thread, Cid root) in roots)
            await ReconcileAsync(address, thread, root, report, cancel);
        if (address.Identity != self.Did || !roots.Any(pair => store.Read(tables => tables.Threads.Find(pair.Thread) is null && !tables.Threads.IsForgotten(pair.Thread))))
            return false;
        return store.Write(tables => Advance(tables, address, tables.OwnMachines.Find(Endpoint(address))!.Read with { Row = 0 }, []));
    }

    /// <summary>The head, then each item with its blocks behind it. What came in part is noted in <paramref name="taken"/>.</summary>
    private async Task<SyncHead> TakeAsync(
        PeerAddress address, CarReader car, TakenAnswer taken, SyncReport report, CancellationToken cancel)
    {
        Block? block = await car.NextAsync(cancel);
        if (block is null || !SyncHead.TryRead(block, out SyncHead? head, out string? error))
            throw new PeerException(PeerFault.BadAnswer, $"{address.Url} gave no answer of the protocol.");
        HashSet<Cid> items = [.. head.Items];
        block = await car.NextAsync(cancel);
        while (block is not null)
            block = items.Contains(block.Cid) ? await TakeItemAsync(address, block, items, car, taken, report, cancel) : await car.NextAsync(cancel);
        return car.Error is null ? head : throw new PeerException(PeerFault.BadAnswer, $"{address.Url} sent a CAR that {car.Error}.");
    }

    /// <summary>One announcement or receipt. Returns the block behind it and its own blocks.</summary>
    private async Task<Block?> TakeItemAsync(
        PeerAddress address, Block item, HashSet<Cid> items, CarReader car, TakenAnswer taken, SyncReport report, CancellationToken cancel)
    {
        var blocks = new BlockFeed(car, Reception.Budget, block => items.Contains(block.Cid));
        if (Announcement.TryRead(item, out Announcement? announcement, out _))
        {
            Receipt? receipt = await TakeInAsync(address, announcement, blocks, report, cancel);
            if (receipt is { Missing.Count: > 0 })
                taken.Incomplete.Add(announcement);
            if (announcement.Sender.Identity == self.Did)
                taken.Machine = MachineTag.OfAnnouncement(announcement).ToArray();
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
        var reception = new Reception(store, self, time, submissions) { TakesEarlierKeys = store.Read(tables => RecoveryHosts.Contains(tables, address.Identity)) };
        ReceptionResult result = await reception.TakeAsync(announcement, blocks, $"peer {address.Identity}", cancel);
        // Among one's own machines the next cursor says what was taken.
        if (result.Receipt is { } receipt && announcement.Sender.Identity != self.Did)
            store.Write(tables => Quarantine.Answer(tables, receipt, announcement.Thread));
        report.AddReceived(announcement.Thread, result.Added);
        return result.Receipt;
    }

    /// <summary>Fetches the chunks that did not fit the answer, and then earns the receipt for the whole.</summary>
    private async Task CompleteAsync(PeerAddress address, Announcement announcement, SyncReport report, CancellationToken cancel)
    {
        await FetchMissingAsync(address, announcement.Thread, everything: false, report, cancel);
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
        var walk = new RootWalk(thread, root, cid => store.Read(tables => tables.Messages.Has(cid) || tables.Messages.IsRefused(row.Id, cid) || tables.Blocks.Has(cid)));
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
        await FetchMissingAsync(address, thread, everything: false, report, cancel);
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
        using Threads.Thread opened = store.Read(tables => ThreadAccess.Open(tables, thread, arrived));
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

    /// <summary>What is known of an answer beside what was stored.</summary>
    private sealed class TakenAnswer
    {
        /// <summary>Announcements whose blocks did not all fit the answer.</summary>
        public List<Announcement> Incomplete { get; } = [];

        /// <summary>The tag of the own machine that announced; empty where none did.</summary>
        public byte[] Machine { get; set; } = [];
    }
}

/// <summary>What a peer showed.</summary>
/// <param name="First">The head of its first answer.</param>
/// <param name="Items">Announcements and receipts of all its answers.</param>
internal readonly record struct SyncOutcome(SyncHead First, int Items);

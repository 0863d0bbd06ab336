using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// What waits for others: makes announcements of queued deliveries, hands out what is due, and lets receipts change the sentbox.
/// </summary>
public sealed class Outbox(IStore<IReplicationTables> store, Identity self, TimeProvider time, RandomSource random)
{
    /// <summary>An announcement's messages stay within this; larger bodies follow by the receipt's list of what is missing.</summary>
    private const long MaxAnnouncedBytes = 8 * 1024 * 1024;

    /// <summary>What one request carries at most, in bytes of blocks.</summary>
    public const long MaxRequestBytes = 48 * 1024 * 1024;

    /// <summary>How many deliveries one transaction announces; mail that is posted meanwhile waits for it.</summary>
    private const int AnnounceBatch = 4096;

    /// <summary>An announcement that nobody has seen takes up later messages until it has so many: each time all of them are read.</summary>
    private const int MaxGathered = 512;

    /// <summary>Of the parcels that are under way at once: he who takes them holds each of their mails in several forms until it is stored.</summary>
    private const long MaxUnderWay = 2 * 1024 * 1024;

    /// <summary>Messages that are read ahead of the one that is sent, each up to 64 KiB.</summary>
    private const int ReadBatch = 128;

    private const int FrameBytes = 1024;

    /// <summary>Announcements that are tried again elsewhere in one look.</summary>
    private const int RetryBatch = 256;

    /// <summary>What is no mail and goes to the owner's other machines.</summary>
    internal RecordPublishing Records { get; } = new(store, self, time, random);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Announces every delivery that no announcement carries yet; one announcement for each recipient and thread.</summary>
    public void Announce()
    {
        // Each round takes what it finds, so this ends when nothing is left.
        while (store.Read(tables => tables.Deliveries.Unannounced(1)).Count > 0)
            store.Write(AnnounceSome);
    }

    /// <summary>Takes up rows whose time has come, so that no other process tries them at the same moment.</summary>
    /// <param name="all">Whether the person asked, so that pauses do not count.</param>
    /// <param name="tried">Rows that were taken up before and are passed over; those taken up now are added.</param>
    public IReadOnlyList<OutgoingRow> Claim(bool all, int limit, HashSet<long> tried)
    {
        // Most looks find nothing; they need not wait for the lock of those who write.
        long until = all ? long.MaxValue - 1 : Now;
        return store.Read(tables => tables.Outgoing.NextDue()) <= until ? ClaimDue(until, limit, tried) : [];
    }

    /// <summary>Which hosts say that they hold this.</summary>
    public IReadOnlyList<Did> HoldersOf(OutgoingRow row) => store.Read(tables => tables.Holders.Of(row.Row));

    /// <summary>
    /// Makes due what a host has said to hold for a day without a word from the recipient: he may be reachable himself by now, or another
    /// host of his takes it. A host that keeps its word loses nothing by that.
    /// </summary>
    public void RetryHeld()
    {
        if (store.Read(tables => tables.Holders.Due(Now, 1)).Count > 0)
            store.Write(RetrySome);
    }

    /// <summary>The blocks that go with an announcement: genesis, messages, then chunks as far as one request carries them.</summary>
    /// <param name="largest">In bytes: chunks of larger mails stay here until they are asked for.</param>
    public IEnumerable<Block> BlocksOf(OutgoingRow row, long largest = long.MaxValue) =>
        BlocksOf(row.Thread!.Value, store.Read(tables => tables.Outgoing.Messages(row.Row)), largest);

    /// <summary>As above, for an announcement that is kept nowhere.</summary>
    internal IEnumerable<Block> BlocksOf(Cid thread, IReadOnlyList<long> messages, long largest = long.MaxValue)
    {
        long left = MaxRequestBytes;
        var bodies = new List<Cid>();
        if (store.Read(tables => tables.Blocks.Find(thread)) is { } first)
        {
            // The genesis of a thread, or a parcel with the chunks of its mail.
            bodies.AddRange(ParcelOutbox.BodyOf(first));
            yield return first;
        }
        foreach (long[] batch in messages.Chunk(ReadBatch))
        {
            foreach ((MessageRow message, Block block) in store.Read(tables => FindMessages(tables, batch)))
            {
                left -= block.Data.Length;
                if (message.Size > MessageRecord.MaxInline && message.Size <= largest && MessageNode.TryRead(block, out MessageNode? node, out _))
                    bodies.AddRange(node.Body);
                yield return block;
            }
        }
        foreach (Cid chunk in bodies.Distinct())
        {
            if (store.Read(tables => tables.Blocks.Find(chunk)) is not { } block)
                continue;
            if ((left -= block.Data.Length) < 0)
                yield break;
            yield return block;
        }
    }

    /// <summary>Of the blocks a receipt asks for, those that belong to the announced thread and are here, as far as one request carries them.</summary>
    public IEnumerable<Block> BlocksAsked(OutgoingRow row, IReadOnlyList<Cid> missing) =>
        BlocksAsked(row.Thread!.Value, store.Read(tables => tables.Outgoing.Messages(row.Row)), missing);

    /// <summary>As above, for an announcement that is kept nowhere.</summary>
    internal IEnumerable<Block> BlocksAsked(Cid thread, IReadOnlyList<long> messages, IReadOnlyList<Cid> missing)
    {
        HashSet<Cid> offered = store.Read(tables => Offered(tables, thread, messages));
        long left = MaxRequestBytes;
        foreach (Cid cid in missing.Where(offered.Contains))
        {
            if (store.Read(tables => tables.Blocks.Find(cid)) is not { } block || (left -= block.Data.Length) < 0)
                continue;
            yield return block;
        }
    }

    /// <summary>
    /// Whether he who signed the receipt lacks something that this announcement speaks of. What he lacks of the thread beside that, as after a
    /// fault of his disk, is no reason to send this again.
    /// </summary>
    internal bool IsLacking(OutgoingRow row, Receipt receipt) => store.Read(tables => IsLacking(tables, row, receipt));

    /// <summary>Queues a thread with all its messages for a party of it, sealed to the keys of this certificate.</summary>
    internal void AnnounceWhole(IReplicationTables tables, ThreadRow thread, Certificate recipient)
    {
        Card own = OwnCard.Get(tables);
        foreach (List<MessageRow> part in Split([.. tables.Messages.InThread(thread.Id)]))
            Announce(tables, own, recipient, thread, part);
    }

    /// <summary>In the transaction of a change of the owner's keys: what waits and was signed with the earlier ones is announced anew, for those would be refused.</summary>
    public void Reissue(IReplicationTables tables)
    {
        Card own = OwnCard.Get(tables);
        foreach (OutgoingRow row in tables.Outgoing.Due(long.MaxValue, int.MaxValue).Where(row => row.Kind == OutgoingKind.Announcement && IsOfEarlierKeys(row)))
        {
            if (row.Thread is { } name && tables.Threads.Find(name) is { } thread)
                AnnounceOne(tables, own, row.Recipient, thread, [.. tables.Outgoing.Messages(row.Row).Select(tables.Messages.Find).OfType<MessageRow>()]);
            tables.Outgoing.Remove(row.Row);
        }
    }

    /// <summary>
    /// Puts a new announcement in the place of one whose bytes are damaged; a receipt goes, since whoever waits for it asks again. False where
    /// it brings a parcel, whose key stood in it alone.
    /// </summary>
    internal bool Replace(OutgoingRow row) => store.Write(tables =>
    {
        ThreadRow? thread = row.Thread is { } name ? tables.Threads.Find(name) : null;
        if (row.Kind == OutgoingKind.Announcement && thread is null)
            return false;
        if (row.Kind == OutgoingKind.Announcement)
            AnnounceOne(tables, OwnCard.Get(tables), row.Recipient, thread!, [.. tables.Outgoing.Messages(row.Row).Select(tables.Messages.Find).OfType<MessageRow>()]);
        tables.Outgoing.Remove(row.Row);
        return true;
    });

    /// <summary>Announces a thread to the owner's other machines. It is made when one of them is there, and kept nowhere.</summary>
    internal Announcement AnnounceToSelf(IReplicationTables tables, ThreadRow thread)
    {
        byte[] id = MachineTag.NewId(tables.Settings.GetBytes(StoreSettings.Device), random);
        return Announcement.Issue(self, OwnCard.Get(tables), self.Certificate, thread.Thread, thread.Root, thread.Key, Now, id);
    }

    /// <summary>
    /// Lets a receipt change the sentbox. False when it does not count for this row, which then stays as it is.
    /// </summary>
    /// <param name="answering">The identity named with the endpoint it came from; null when it came by another way.</param>
    public bool Apply(OutgoingRow row, Receipt receipt, Did? answering) =>
        Counts(row, receipt, answering) && store.Write(tables => Note(tables, row, receipt));

    /// <summary>As <see cref="Apply"/>; receipts that come at the same time share a sync of the disk.</summary>
    public async Task<bool> ApplyAsync(OutgoingRow row, Receipt receipt, Did? answering, CancellationToken cancel) =>
        Counts(row, receipt, answering) && await store.WriteAsync(tables => Note(tables, row, receipt), cancel);

    /// <summary>Leaves what a host holds as it is, after another attempt elsewhere that brought nothing.</summary>
    public void LeaveHeld(OutgoingRow row) => store.Write(tables =>
    {
        tables.Outgoing.Postpone(row.Row, row.Attempts + 1, long.MaxValue, null);
        return true;
    });

    /// <summary>Notes that an attempt brought nothing, and when the next one is.</summary>
    public void Postpone(OutgoingRow row, string reason) => store.Write(tables =>
    {
        int attempts = row.Attempts + 1;
        tables.Outgoing.Postpone(row.Row, attempts, Now + (long)Pauses.After(attempts).TotalMilliseconds, reason);
        foreach (long message in tables.Outgoing.Messages(row.Row))
            tables.Deliveries.SetDetail(message, row.Recipient, reason);
        ParcelOutbox.Explain(tables, row, reason);
        return true;
    });

    /// <summary>Notes that the recipient names no endpoint: it waits until he asks.</summary>
    public void AwaitAsking(OutgoingRow row) => store.Write(tables =>
    {
        const string reason = "waits until the recipient asks for it: his card names no endpoint";
        tables.Outgoing.Postpone(row.Row, row.Attempts, Now + (long)Pauses.After(int.MaxValue).TotalMilliseconds, reason);
        foreach (long message in tables.Outgoing.Messages(row.Row))
            tables.Deliveries.SetDetail(message, row.Recipient, reason);
        ParcelOutbox.Explain(tables, row, reason);
        return true;
    });

    /// <summary>How many of these rows may be under way at once: more than <paramref name="least"/> where all bring small parcels.</summary>
    public int AtOnce(IReadOnlyList<OutgoingRow> rows, int least, int most)
    {
        long largest = store.Read(tables => rows.Max(row => ParcelOutbox.Find(tables, row)?.Bytes ?? long.MaxValue));
        return (int)Math.Clamp(MaxUnderWay / Math.Max(1, largest), least, most);
    }

    public void Remove(OutgoingRow row) => store.Write(tables =>
    {
        tables.Outgoing.Remove(row.Row);
        return true;
    });

    private bool Counts(OutgoingRow row, Receipt receipt, Did? answering) =>
        receipt.Announcement.SequenceEqual(row.Id) && receipt.Counts(self.Did, row.Recipient, answering);

    private bool Note(IReplicationTables tables, OutgoingRow row, Receipt receipt)
    {
        if (receipt.TryOpenCard(self, out Card? card))
            new ContactBook(tables, self.Did, time.GetUtcNow()).Learn(card);
        Record(tables, row, receipt);
        if (receipt.Verdict == Verdict.Held && receipt.Missing.Count == 0)
            tables.Holders.Put(row.Row, receipt.Signer.Identity, Now + (long)Pauses.Held.TotalMilliseconds);
        return true;
    }

    private bool RetrySome(IReplicationTables tables)
    {
        long again = Now + (long)Pauses.Held.TotalMilliseconds;
        foreach (long row in tables.Holders.Due(Now, RetryBatch))
        {
            foreach (Did holder in tables.Holders.Of(row))
                tables.Holders.Put(row, holder, again);
            tables.Outgoing.Postpone(row, attempts: 1, Now, null);
        }
        return true;
    }

    private List<OutgoingRow> ClaimDue(long until, int limit, HashSet<long> tried) => store.Write(tables =>
    {
        long lease = Now + (long)Pauses.Lease.TotalMilliseconds;
        List<OutgoingRow> due = [.. tables.Outgoing.Due(until, limit + tried.Count).Where(row => !tried.Contains(row.Row)).Take(limit)];
        foreach (OutgoingRow row in due)
            tables.Outgoing.Postpone(row.Row, row.Attempts, lease, row.Error);
        tried.UnionWith(due.Select(row => row.Row));
        return due;
    });

    private bool AnnounceSome(IReplicationTables tables)
    {
        Card own = OwnCard.Get(tables);
        IReadOnlyList<DeliveryRow> unannounced = tables.Deliveries.Unannounced(AnnounceBatch);
        foreach (var legacy in unannounced.Where(delivery => delivery.IsLegacy).GroupBy(delivery => delivery.Message))
            new SubmissionMaking(self, time, random).Make(tables, [.. legacy]);
        var groups = unannounced.Where(delivery => !delivery.IsLegacy)
            .Select(delivery => (Delivery: delivery, Message: tables.Messages.Find(delivery.Message)!))
            .GroupBy(pair => (pair.Delivery.Identity, pair.Message.Thread));
        foreach (var group in groups)
        {
            ThreadRow thread = tables.Threads.Find(group.Key.Thread)!;
            foreach (List<MessageRow> part in Split(Gather(tables, group.Key.Identity, thread, [.. group.Select(pair => pair.Message)])))
                AnnounceOne(tables, own, group.Key.Identity, thread, part);
            foreach (var pair in group)
                tables.Deliveries.SetAnnounced(pair.Delivery.Message, pair.Delivery.Identity);
        }
        return true;
    }

    /// <summary>The messages, with those of earlier announcements that nobody has seen yet, which are replaced.</summary>
    private static List<MessageRow> Gather(IReplicationTables tables, Did recipient, ThreadRow thread, List<MessageRow> messages)
    {
        var all = new List<MessageRow>();
        foreach (OutgoingRow untouched in tables.Outgoing.Untouched(recipient, thread.Thread))
        {
            IReadOnlyList<long> ids = tables.Outgoing.Messages(untouched.Row);
            if (ids.Count + messages.Count > MaxGathered)
                continue;
            all.AddRange(ids.Select(id => tables.Messages.Find(id)!));
            tables.Outgoing.Remove(untouched.Row);
        }
        all.AddRange(messages);
        return [.. all.DistinctBy(message => message.Id)];
    }

    private static IEnumerable<List<MessageRow>> Split(List<MessageRow> messages)
    {
        var part = new List<MessageRow>();
        long bytes = 0;
        foreach (MessageRow message in messages)
        {
            long size = FrameBytes + Math.Min(message.Size, MessageRecord.MaxInline);
            if (part.Count > 0 && bytes + size > MaxAnnouncedBytes)
            {
                yield return part;
                part = [];
                bytes = 0;
            }
            part.Add(message);
            bytes += size;
        }
        yield return part;
    }

    private bool IsOfEarlierKeys(OutgoingRow row) =>
        Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out _) && !announcement.Sender.Equals(self.Certificate);

    private void AnnounceOne(IReplicationTables tables, Card own, Did recipient, ThreadRow thread, List<MessageRow> messages) =>
        Announce(tables, own, CardOf(tables, recipient, thread).Certificate, thread, messages);

    private void Announce(IReplicationTables tables, Card own, Certificate recipient, ThreadRow thread, List<MessageRow> messages)
    {
        long now = Now;
        Announcement announcement = Announcement.Issue(self, own, recipient, thread.Thread, thread.Root, thread.Key, now, random);
        var row = new OutgoingRow(
            0, OutgoingKind.Announcement, announcement.Id.ToArray(), recipient.Identity, thread.Thread, announcement.Block.Data.ToArray(), 0, now, null);
        tables.Outgoing.Add(row, messages.Select(message => message.Id));
    }

    /// <summary>The newest card known of a recipient: of the contact, else of the party.</summary>
    private static Card CardOf(IReplicationTables tables, Did recipient, ThreadRow thread)
    {
        using Threads.Thread opened = ThreadAccess.Open(tables, thread);
        Card party = opened.Genesis.Find(recipient)!;
        Card? known = tables.Contacts.Find(recipient)?.Card;
        return known is not null && known.IsNewerThan(party) ? known : party;
    }

    private static bool IsLacking(IReplicationTables tables, OutgoingRow row, Receipt receipt) => receipt.Missing.Count > 0
        && (row.Thread is not { } thread || Offered(tables, thread, tables.Outgoing.Messages(row.Row)).Overlaps(receipt.Missing));

    /// <summary>Names of all blocks that an announcement speaks of.</summary>
    private static HashSet<Cid> Offered(IReplicationTables tables, Cid thread, IReadOnlyList<long> messages)
    {
        HashSet<Cid> offered = [thread, .. tables.Blocks.Find(thread) is { } first ? ParcelOutbox.BodyOf(first) : []];
        foreach ((MessageRow message, Block block) in FindMessages(tables, [.. messages]))
        {
            offered.Add(message.Cid);
            if (MessageNode.TryRead(block, out MessageNode? node, out _))
                offered.UnionWith(node.Body);
        }
        return offered;
    }

    private static List<(MessageRow Message, Block Block)> FindMessages(IReplicationTables tables, long[] messages)
    {
        var found = new List<(MessageRow, Block)>(messages.Length);
        foreach (long id in messages)
        {
            if (tables.Messages.Find(id) is { } row && tables.Blocks.Find(row.Cid) is { } block)
                found.Add((row, block));
        }
        return found;
    }

    private void Record(IReplicationTables tables, OutgoingRow row, Receipt receipt)
    {
        Keeping.Note(tables, row.Thread, receipt);
        long now = Now;
        if (ParcelOutbox.Record(tables, row, receipt, now))
            return;
        if (receipt.Verdict == Verdict.Stored && IsLacking(tables, row, receipt))
        {
            // He has taken the mail but lacks chunks, as after quarantine: the next attempt brings them.
            AwaitMissing(tables, row, receipt, now);
            return;
        }
        (DeliveryState state, string detail) = receipt.Verdict switch
        {
            Verdict.Stored => (DeliveryState.Stored, "stored by the recipient"),
            Verdict.Held => (DeliveryState.Held, "held by a host of the recipient"),
            Verdict.Quarantined => (DeliveryState.Quarantined, "waits until the recipient accepts you"),
            _ => (DeliveryState.Failed, $"refused: {receipt.Reason ?? "no reason given"}"),
        };
        foreach (long message in tables.Outgoing.Messages(row.Row))
            tables.Deliveries.SetState(message, row.Recipient, state, detail, now);
        if (receipt.Verdict is Verdict.Stored or Verdict.Refused)
            tables.Outgoing.Remove(row.Row);
        else
            tables.Outgoing.Postpone(row.Row, row.Attempts + 1, receipt.Verdict == Verdict.Held ? long.MaxValue : now + (long)Pauses.Quarantined.TotalMilliseconds, null);
    }

    /// <summary>Behind a host that holds back, attempts grow rarer: the recipient may be asked for the same ever again.</summary>
    private static void AwaitMissing(IReplicationTables tables, OutgoingRow row, Receipt receipt, long now)
    {
        if (tables.Holders.Of(row.Row).Count == 0)
        {
            tables.Outgoing.Postpone(row.Row, row.Attempts, now, null);
            return;
        }
        string detail = $"with the recipient, who lacks {receipt.Missing.Count} blocks of it that his host did not hand over";
        foreach (long message in tables.Outgoing.Messages(row.Row))
            tables.Deliveries.SetState(message, row.Recipient, DeliveryState.Held, detail, now);
        tables.Outgoing.Postpone(row.Row, row.Attempts + 1, now + (long)Pauses.After(row.Attempts + 1).TotalMilliseconds, null);
    }
}

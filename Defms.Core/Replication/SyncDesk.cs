using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Replication;

/// <summary>Answers a sync: what waits here for the asker, each announcement with its blocks.</summary>
public sealed class SyncDesk(IStore<IReplicationTables> store, Identity self, TimeProvider time, Outbox outbox)
{
    /// <summary>Items of one answer are cut here, so that an answer ends within a reasonable time.</summary>
    private const long MaxAnswerBytes = 64 * 1024 * 1024;

    /// <summary>What a message takes beside its octets, roughly: many small ones are no small answer.</summary>
    private const long FrameBytes = 1024;

    /// <summary>How often a waiting answer looks again.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The answer's blocks: the head first, then each item followed by its blocks, read while they are sent.
    /// </summary>
    public async Task<(SyncHead Head, IEnumerable<Block> Blocks)> AnswerAsync(SignedRequest asker, SyncRequest request, CancellationToken cancel)
    {
        outbox.Announce();
        byte[] epoch = store.Read(tables => tables.Settings.GetBytes(StoreSettings.Epoch))!;
        long from = request.Cursor is { } cursor && cursor.Epoch.AsSpan().SequenceEqual(epoch) ? cursor.Row : 0;
        Did identity = asker.From.Identity;
        if (!store.Read(tables => Admission.IsOpenTo(tables, self, asker.From)))
            return Nothing(new SyncCursor(epoch, from));
        if (identity == self.Did)
            return await new OwnDesk(store, self, time, outbox).AnswerAsync(request, from, epoch, cancel);
        new Reannouncing(store, outbox).Serve(asker.From);
        store.Write(tables => Acknowledge(tables, asker.From, request.Device, from));
        var reader = new Reader(identity, MachineTag.OfDevice(request.Device).ToArray());
        (IReadOnlyList<OutgoingRow> rows, long end) = Rows(reader, from);
        if (rows.Count == 0 && request.WaitSeconds > 0 && IsHostOf(asker.From))
            (rows, end) = await WaitAsync(reader, end, request.WaitSeconds, cancel);
        var head = new SyncHead
        {
            Cursor = new SyncCursor(epoch, end),
            Items = [.. rows.Select(row => Cid.Of(Cid.DagCbor, row.Bytes))],
            HasMore = end > from && store.Read(tables => tables.Outgoing.For(identity, end, 1)).Count > 0,
        };
        if (request.Full)
            head = store.Read(tables => head.WithRoots(tables.Threads.WithParty(identity), request.Digests));
        if (rows.Any(row => row.Kind == OutgoingKind.Announcement && row.Attempts == 0))
            store.Write(tables => Touch(tables, rows));
        return (head, Blocks(head, rows, request.Largest ?? long.MaxValue));
    }

    /// <summary>Who may not ask gets the same answer as one for whom nothing is here.</summary>
    private static (SyncHead Head, IEnumerable<Block> Blocks) Nothing(SyncCursor cursor)
    {
        var head = new SyncHead { Cursor = cursor, Items = [] };
        return (head, [head.ToBlock()]);
    }

    /// <summary>Only those may keep an answer waiting whose mail waits here by agreement.</summary>
    private bool IsHostOf(Certificate asker) => asker.Identity == self.Did || store.Read(tables => HandOver.IsOpenTo(tables, asker));

    /// <summary>What waits behind a place, without what the machine that asks has left here for the owner's others, and how far was looked.</summary>
    private (IReadOnlyList<OutgoingRow> Rows, long End) Rows(Reader reader, long from)
    {
        var rows = new List<OutgoingRow>();
        long bytes = 0, end = from;
        foreach (OutgoingRow row in store.Read(tables => tables.Outgoing.For(reader.Identity, from, SyncHead.MaxItems)))
        {
            if (store.Read(tables => IsOwn(tables, row, reader)))
            {
                end = row.Row;
                continue;
            }
            bytes += row.Bytes.Length + store.Read(tables => Size(tables, row));
            if (rows.Count > 0 && bytes > MaxAnswerBytes)
                break;
            rows.Add(row);
            end = row.Row;
        }
        return (rows, end);
    }

    private static bool IsOwn(IReplicationTables tables, OutgoingRow row, Reader reader) =>
        row.Kind == OutgoingKind.HeldAnnouncement && row.Id.AsSpan()[^MachineTag.Length..].SequenceEqual(reader.Tag)
        && tables.Held.At(row.Row)?.Sender == reader.Identity;

    private static long Size(IReplicationTables tables, OutgoingRow row) => row.Kind switch
    {
        OutgoingKind.Announcement => (ParcelOutbox.Find(tables, row)?.Bytes ?? 0) + tables.Outgoing.Messages(row.Row).Sum(id => FrameBytes + (tables.Messages.Find(id)?.Size ?? 0)),
        OutgoingKind.HeldAnnouncement => tables.Held.At(row.Row)?.Size ?? 0,
        _ => 0,
    };

    private async Task<(IReadOnlyList<OutgoingRow> Rows, long End)> WaitAsync(Reader reader, long from, int seconds, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Look, time);
        long end = time.GetTimestamp() + (seconds * time.TimestampFrequency);
        while (time.GetTimestamp() < end && await timer.WaitForNextTickAsync(cancel))
        {
            outbox.Announce();
            (IReadOnlyList<OutgoingRow> rows, from) = Rows(reader, from);
            if (rows.Count > 0)
                return (rows, from);
        }
        return ([], from);
    }

    /// <summary>
    /// Receipts that were taken in need not be shown again; announcements wait for their receipt; what is held for the asker goes when all
    /// his machines have it.
    /// </summary>
    private bool Acknowledge(IReplicationTables tables, Certificate asker, byte[] device, long row)
    {
        Did identity = asker.Identity;
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        HandOver.Note(tables, asker, now);
        tables.Devices.Put(identity, device, row, now);
        HandOver.Release(tables, identity, now);
        foreach (OutgoingRow shown in tables.Outgoing.For(identity, 0, int.MaxValue).Where(shown => shown.Row <= row && shown.Kind == OutgoingKind.Receipt))
            tables.Outgoing.Remove(shown.Row);
        return true;
    }

    private IEnumerable<Block> Blocks(SyncHead head, IReadOnlyList<OutgoingRow> rows, long largest)
    {
        yield return head.ToBlock();
        foreach (OutgoingRow row in rows)
        {
            yield return Block.Create(Cid.DagCbor, row.Bytes);
            IEnumerable<Block> blocks = row.Kind switch
            {
                OutgoingKind.Announcement => outbox.BlocksOf(row, largest),
                OutgoingKind.HeldAnnouncement => HandOver.BlocksOf(store, row.Row, largest),
                _ => [],
            };
            foreach (Block block in blocks)
                yield return block;
        }
    }

    /// <summary>Somebody has seen it: from now on it is not replaced by a later one.</summary>
    private static bool Touch(IReplicationTables tables, IReadOnlyList<OutgoingRow> rows)
    {
        foreach (OutgoingRow row in rows.Where(row => row.Attempts == 0))
            tables.Outgoing.Postpone(row.Row, 1, row.NextAttempt, row.Error);
        return true;
    }

    /// <param name="Tag">Of the machine that asks.</param>
    private sealed record Reader(Did Identity, byte[] Tag);
}

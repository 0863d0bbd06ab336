using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>Answers a sync: what waits here for the asker, each announcement with its blocks.</summary>
public sealed class SyncDesk(IStore<IReplicationTables> store, Identity self, TimeProvider time, Outbox outbox)
{
    /// <summary>Items of one answer are cut here, so that an answer ends within a reasonable time.</summary>
    private const long MaxAnswerBytes = 64 * 1024 * 1024;

    /// <summary>What a message takes beside its octets, roughly: many small ones are no small answer.</summary>
    private const long FrameBytes = 1024;

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
        store.Write(tables => Acknowledge(tables, identity, request.Device, from));
        IReadOnlyList<OutgoingRow> rows = Rows(identity, from);
        var head = new SyncHead
        {
            Cursor = new SyncCursor(epoch, rows.Count > 0 ? rows[^1].Row : from),
            Items = [.. rows.Select(row => Cid.Of(Cid.DagCbor, row.Bytes))],
            HasMore = rows.Count > 0 && Rows(identity, rows[^1].Row).Count > 0,
        };
        if (request.Full)
            head = store.Read(tables => head.WithRoots(tables.Threads.WithParty(identity), request.Digests));
        if (rows.Any(row => row.Kind == OutgoingKind.Announcement && row.Attempts == 0))
            store.Write(tables => Touch(tables, rows));
        return (head, Blocks(head, rows));
    }

    /// <summary>Who may not ask gets the same answer as one for whom nothing is here.</summary>
    private static (SyncHead Head, IEnumerable<Block> Blocks) Nothing(SyncCursor cursor)
    {
        var head = new SyncHead { Cursor = cursor, Items = [] };
        return (head, [head.ToBlock()]);
    }

    private IReadOnlyList<OutgoingRow> Rows(Did identity, long from)
    {
        var rows = new List<OutgoingRow>();
        long bytes = 0;
        foreach (OutgoingRow row in store.Read(tables => tables.Outgoing.For(identity, from, SyncHead.MaxItems)))
        {
            bytes += row.Kind == OutgoingKind.Announcement ? store.Read(tables => Size(tables, row)) : row.Bytes.Length;
            if (rows.Count > 0 && bytes > MaxAnswerBytes)
                break;
            rows.Add(row);
        }
        return rows;
    }

    private static long Size(IReplicationTables tables, OutgoingRow row) =>
        (ParcelOutbox.Find(tables, row)?.Bytes ?? 0) + tables.Outgoing.Messages(row.Row).Sum(id => FrameBytes + (tables.Messages.Find(id)?.Size ?? 0));

    /// <summary>Receipts that were taken in need not be shown again; announcements wait for their receipt.</summary>
    private bool Acknowledge(IReplicationTables tables, Did identity, byte[] device, long row)
    {
        tables.Devices.Put(identity, device, row, time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (OutgoingRow shown in tables.Outgoing.For(identity, 0, int.MaxValue).Where(shown => shown.Row <= row && shown.Kind == OutgoingKind.Receipt))
            tables.Outgoing.Remove(shown.Row);
        return true;
    }

    private IEnumerable<Block> Blocks(SyncHead head, IReadOnlyList<OutgoingRow> rows)
    {
        yield return head.ToBlock();
        foreach (OutgoingRow row in rows)
        {
            yield return Block.Create(Cid.DagCbor, row.Bytes);
            if (row.Kind == OutgoingKind.Receipt)
                continue;
            foreach (Block block in outbox.BlocksOf(row))
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
}

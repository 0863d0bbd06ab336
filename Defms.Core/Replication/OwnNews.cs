using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>An announcement to the owner's other machines, made when it is needed and kept nowhere.</summary>
/// <param name="Messages">Row numbers of the messages that go with it.</param>
public sealed record OwnUpdate(Announcement Announcement, IReadOnlyList<long> Messages);

/// <summary>Part of what came into this store.</summary>
/// <param name="Row">The place behind the last of it.</param>
/// <param name="HasMore">Whether there is more behind it.</param>
public sealed record OwnUpdates(IReadOnlyList<OwnUpdate> Items, long Row, bool HasMore);

/// <summary>Announces to the owner's other machines what came into this store, a part at a time.</summary>
public sealed class OwnNews(IStore<IReplicationTables> store, Outbox outbox)
{
    /// <summary>Messages of one part at most, roughly; the reader takes each announcement in with one transaction.</summary>
    private const long MaxBytes = 16 * 1024 * 1024;

    private const int MaxMessages = 4096;

    /// <summary>What a message takes beside its octets, roughly.</summary>
    private const long FrameBytes = 1024;

    /// <summary>What came behind a place, but for what the machine that reads has brought itself.</summary>
    /// <param name="reader">The tag of that machine; empty where it is not known.</param>
    public OwnUpdates Behind(long row, ReadOnlySpan<byte> reader)
    {
        outbox.Records.Publish();
        byte[] tag = reader.ToArray();
        return store.Read(tables => Behind(tables, row, tag));
    }

    /// <summary>All of these threads.</summary>
    public IEnumerable<OwnUpdate> Whole(IEnumerable<Cid> threads)
    {
        foreach (Cid name in threads)
        {
            if (store.Read(tables => tables.Threads.Find(name) is { } thread ? Whole(tables, thread) : null) is not { } parts)
                continue;
            foreach (OwnUpdate part in parts)
                yield return part;
        }
    }

    /// <summary>The blocks that go with an update.</summary>
    /// <param name="largest">As for <see cref="Outbox.BlocksOf(OutgoingRow, long)"/>.</param>
    public IEnumerable<Block> BlocksOf(OwnUpdate update, long largest = long.MaxValue) =>
        outbox.BlocksOf(update.Announcement.Thread, update.Messages, largest);

    /// <summary>Of the blocks that a receipt asks for, those that belong to the update.</summary>
    public IEnumerable<Block> BlocksAsked(OwnUpdate update, IReadOnlyList<Cid> missing) => outbox.BlocksAsked(update.Messages, missing);

    private OwnUpdates Behind(IReplicationTables tables, long row, byte[] reader)
    {
        IReadOnlyList<OwnChange> changes = tables.OwnChanges.After(row, reader, MaxMessages + 1);
        List<OwnChange> taken = Cut(changes);
        // What its reader brought needs no look a second time.
        long end = taken.Count < changes.Count ? taken[^1].Row : Math.Max(row, tables.OwnChanges.Last());
        List<OwnUpdate> items = [.. taken.GroupBy(change => change.Thread)
            .Select(group => Announce(tables, tables.Threads.Find(group.Key)!, [.. group.Select(change => change.Message)]))];
        return new OwnUpdates(items, end, taken.Count < changes.Count);
    }

    private static List<OwnChange> Cut(IReadOnlyList<OwnChange> changes)
    {
        var taken = new List<OwnChange>();
        var threads = new HashSet<long>();
        long bytes = 0;
        foreach (OwnChange change in changes)
        {
            bytes += change.Size + FrameBytes;
            bool isFull = bytes > MaxBytes || taken.Count == MaxMessages || (threads.Count == SyncHead.MaxItems && !threads.Contains(change.Thread));
            if (taken.Count > 0 && isFull)
                break;
            taken.Add(change);
            threads.Add(change.Thread);
        }
        return taken;
    }

    private List<OwnUpdate> Whole(IReplicationTables tables, ThreadRow thread)
    {
        var parts = new List<OwnUpdate>();
        List<OwnChange> left = [.. tables.Messages.InThread(thread.Id).Select(row => new OwnChange(0, thread.Id, row.Id, row.Size))];
        do
        {
            List<OwnChange> part = Cut(left);
            parts.Add(Announce(tables, thread, [.. part.Select(change => change.Message)]));
            left.RemoveRange(0, part.Count);
        }
        while (left.Count > 0);
        return parts;
    }

    private OwnUpdate Announce(IReplicationTables tables, ThreadRow thread, List<long> messages) =>
        new(outbox.AnnounceToSelf(tables, thread), messages);
}

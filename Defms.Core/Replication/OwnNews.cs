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

    /// <summary>Of one part that is left at a host, which follows no more than 16 MiB of structure in one announcement.</summary>
    private const long MaxHeldBytes = 8 * 1024 * 1024;

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

    /// <summary>Writes what was changed here and is no mail into the private thread.</summary>
    public void Publish() => outbox.Records.Publish();

    /// <summary>What came behind a place, but for what any of the owner's machines brought, in parts that a host takes.</summary>
    /// <param name="except">A thread that is passed over, by its row number.</param>
    internal OwnUpdates FirstHand(IReplicationTables tables, long row, long? except)
    {
        IReadOnlyList<OwnChange> changes = tables.OwnChanges.FirstHand(row, MaxMessages + 1);
        List<OwnChange> wanted = [.. changes.Where(change => change.Thread != except)];
        List<OwnChange> taken = Cut(wanted, MaxHeldBytes);
        bool hasMore = taken.Count < wanted.Count || changes.Count > MaxMessages;
        long end = taken.Count < wanted.Count ? taken[^1].Row : hasMore ? changes[^1].Row : Math.Max(row, tables.OwnChanges.Last());
        return new OwnUpdates(AnnounceEach(tables, taken), end, hasMore);
    }

    /// <summary>All that came into a thread behind a place, in parts that a host takes.</summary>
    internal IReadOnlyList<OwnUpdate> PartsOf(IReplicationTables tables, ThreadRow thread, long row) =>
        Parts(tables, thread, [.. tables.OwnChanges.InThread(thread.Id, row)], MaxHeldBytes);

    /// <summary>Each message of an update in one of its own.</summary>
    internal IReadOnlyList<OwnUpdate> Apart(IReplicationTables tables, OwnUpdate update) =>
        tables.Threads.Find(update.Announcement.Thread) is { } thread ? [.. update.Messages.Select(message => Announce(tables, thread, [message]))] : [];

    /// <summary>The blocks that go with an update.</summary>
    /// <param name="largest">As for <see cref="Outbox.BlocksOf(OutgoingRow, long)"/>.</param>
    public IEnumerable<Block> BlocksOf(OwnUpdate update, long largest = long.MaxValue) =>
        outbox.BlocksOf(update.Announcement.Thread, update.Messages, largest);

    /// <summary>Of the blocks that a receipt asks for, those that belong to the update.</summary>
    public IEnumerable<Block> BlocksAsked(OwnUpdate update, IReadOnlyList<Cid> missing) => outbox.BlocksAsked(update.Announcement.Thread, update.Messages, missing);

    private OwnUpdates Behind(IReplicationTables tables, long row, byte[] reader)
    {
        IReadOnlyList<OwnChange> changes = tables.OwnChanges.After(row, reader, MaxMessages + 1);
        List<OwnChange> taken = Cut(changes, MaxBytes);
        // What its reader brought needs no look a second time.
        long end = taken.Count < changes.Count ? taken[^1].Row : Math.Max(row, tables.OwnChanges.Last());
        return new OwnUpdates(AnnounceEach(tables, taken), end, taken.Count < changes.Count);
    }

    private List<OwnUpdate> AnnounceEach(IReplicationTables tables, List<OwnChange> changes) =>
        [.. changes.GroupBy(change => change.Thread)
            .Select(group => Announce(tables, tables.Threads.Find(group.Key)!, [.. group.Select(change => change.Message)]))];

    private static List<OwnChange> Cut(IReadOnlyList<OwnChange> changes, long maxBytes)
    {
        var taken = new List<OwnChange>();
        var threads = new HashSet<long>();
        long bytes = 0;
        foreach (OwnChange change in changes)
        {
            bytes += change.Size + FrameBytes;
            bool isFull = bytes > maxBytes || taken.Count == MaxMessages || (threads.Count == SyncHead.MaxItems && !threads.Contains(change.Thread));
            if (taken.Count > 0 && isFull)
                break;
            taken.Add(change);
            threads.Add(change.Thread);
        }
        return taken;
    }

    private List<OwnUpdate> Whole(IReplicationTables tables, ThreadRow thread) =>
        Parts(tables, thread, [.. tables.Messages.InThread(thread.Id).Select(row => new OwnChange(0, thread.Id, row.Id, row.Size))], MaxBytes);

    private List<OwnUpdate> Parts(IReplicationTables tables, ThreadRow thread, List<OwnChange> left, long maxBytes)
    {
        var parts = new List<OwnUpdate>();
        do
        {
            List<OwnChange> part = Cut(left, maxBytes);
            parts.Add(Announce(tables, thread, [.. part.Select(change => change.Message)]));
            left.RemoveRange(0, part.Count);
        }
        while (left.Count > 0);
        return parts;
    }

    private OwnUpdate Announce(IReplicationTables tables, ThreadRow thread, List<long> messages) =>
        new(outbox.AnnounceToSelf(tables, thread), messages);
}

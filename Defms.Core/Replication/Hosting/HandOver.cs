using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication.Hosting;

/// <summary>Hands what is held to those it is for, and lets go of it when it has done its work.</summary>
public static class HandOver
{
    /// <summary>What goes with one announcement in the answer to a sync; the recipient asks for the rest by name.</summary>
    private const long MaxAnswered = Outbox.MaxRequestBytes;

    /// <summary>Blocks read in one job over the store: up to 16 MiB where they are the largest, usually some.</summary>
    private const int ReadBatch = 16;

    /// <summary>Items let go in one transaction, which others wait for.</summary>
    public const int ReleaseBatch = 512;

    /// <summary>Who leaves a snapshot asks to keep it in the next request: until then it does not go, however fast his other machines are.</summary>
    public static readonly TimeSpan KeepOwn = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether somebody may fetch what is held for him: with the newest of his keys that was seen here. New keys make all his machines
    /// unknown: each registers again with its next sync.
    /// </summary>
    public static bool IsOpenTo(IReplicationTables tables, Certificate asker) =>
        tables.Served.Find(asker.Identity) is { } served && served.Epoch <= asker.Epoch;

    /// <summary>Notes that somebody served asked.</summary>
    public static void Note(IReplicationTables tables, Certificate asker, long now)
    {
        if (tables.Served.Find(asker.Identity) is not { } served)
            return;
        if (served.Epoch < asker.Epoch)
            tables.Devices.Remove(asker.Identity);
        tables.Served.Put(served with { Epoch = asker.Epoch, Contacted = now });
    }

    /// <summary>Lets go of what every registered machine of somebody has acknowledged, or marks it as a replica where he keeps those.</summary>
    /// <param name="now">Unix milliseconds.</param>
    public static void Release(IReplicationTables tables, Did identity, long now)
    {
        IReadOnlyList<(byte[] Device, long Acknowledged)> devices = tables.Devices.Of(identity);
        if (devices.Count == 0 || tables.Served.Find(identity) is not { } served)
            return;
        foreach (long item in tables.Held.Waiting(identity, devices.Min(device => device.Acknowledged), ReleaseBatch))
        {
            // A snapshot, too, is marked and no more: it stays until another takes its place.
            tables.Held.SetAcknowledged(item);
        }
        ReleaseOwn(tables, identity, devices, now);
        while (!served.Terms.Keeps && tables.Held.OldestReplica(identity) is { } item)
            tables.Held.Remove(item);
    }

    /// <summary>
    /// What one of somebody's machines left for his others goes when each of them has it, whether or not the one that left it comes again;
    /// while that one is the only one here it waits.
    /// </summary>
    private static void ReleaseOwn(IReplicationTables tables, Did identity, IReadOnlyList<(byte[] Device, long Acknowledged)> devices, long now)
    {
        foreach (HeldItem item in tables.Held.WaitingOwn(identity, devices.Max(device => device.Acknowledged), now - (long)KeepOwn.TotalMilliseconds, ReleaseBatch))
        {
            byte[] maker = item.Announcement[^MachineTag.Length..];
            List<long> others = [.. devices.Where(device => !MachineTag.OfDevice(device.Device).SequenceEqual(maker)).Select(device => device.Acknowledged)];
            if (others.Count > 0 && others.Min() >= item.Row)
                tables.Held.SetAcknowledged(item.Id);
        }
    }

    /// <summary>The blocks of a held announcement: the structured ones first, as far as one answer carries them.</summary>
    public static IEnumerable<Block> BlocksOf(IStore<IReplicationTables> store, long row, long largest = long.MaxValue)
    {
        IReadOnlyList<HeldPart> parts = store.Read(tables => tables.Held.At(row) is { } item ? tables.Held.Parts(item.Id) : []);
        long left = MaxAnswered;
        // How large a mail is cannot be seen here; its chunks together are a little more.
        if (parts.Where(part => part.Cid.Codec == Cid.Raw).Sum(part => (long)part.Length) > largest)
            parts = [.. parts.Where(part => part.Cid.Codec != Cid.Raw)];
        IEnumerable<HeldPart> fitting = parts.OrderBy(part => part.Cid.Codec == Cid.Raw).TakeWhile(part => (left -= part.Length) >= 0);
        foreach (HeldPart[] batch in fitting.Chunk(ReadBatch))
        {
            foreach (Block block in store.Read(tables => batch.Select(tables.Held.Read).OfType<Block>().ToList()))
                yield return block;
        }
    }

    /// <summary>
    /// Lets go of what was not fetched within the days agreed, and of what never came whole within one. Returns how many items went.
    /// </summary>
    public static int Expire(IReplicationTables tables, ServedRow served, long now)
    {
        const long day = 86_400_000;
        IReadOnlyList<long> old = tables.Held.Before(served.Identity, now - served.Terms.Days * day, ReleaseBatch);
        IReadOnlyList<long> partial = tables.Held.Partial(served.Identity, now - day, ReleaseBatch);
        List<long> gone = [.. old.Union(partial)];
        gone.ForEach(tables.Held.Remove);
        return gone.Count;
    }
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>What somebody signed last about a thread.</summary>
/// <param name="Identity">Who: a party, a host, or the owner by another machine of his.</param>
/// <param name="Root">The state that he holds whole; null for a host, who cannot know it.</param>
/// <param name="Time">By his clock, Unix milliseconds.</param>
public sealed record KeeperRow(Did Identity, Cid? Root, long Time);

/// <summary>Who said that he holds which thread.</summary>
public interface IKeeperTable
{
    void Put(long thread, KeeperRow row);

    IReadOnlyList<KeeperRow> Of(long thread);
}

/// <summary>
/// Notes what receipts say of who holds a thread. "Stored", nothing missing, and a root: he signed that all of that state lay on his disk then. It does not
/// prove that it still does.
/// </summary>
internal static class Keeping
{
    public static void Note(IReplicationTables tables, Cid? name, Receipt receipt)
    {
        bool isHeld = receipt.Verdict == Verdict.Held || (receipt is { Verdict: Verdict.Stored, Missing.Count: 0, Root: not null });
        if (isHeld && name is { } thread && tables.Threads.Find(thread) is { } row)
            tables.Keepers.Put(row.Id, new KeeperRow(receipt.Signer.Identity, receipt.Root, receipt.Time));
    }
}

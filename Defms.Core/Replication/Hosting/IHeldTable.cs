using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Replication.Hosting;

/// <summary>An announcement or receipt that is held for somebody.</summary>
/// <param name="Id">Row number of its own.</param>
/// <param name="Announcement">The id of the announcement that it is or answers.</param>
/// <param name="Sender">Who signed it.</param>
/// <param name="Network">Where it came from, as <see cref="QuarantineBudget"/> groups addresses.</param>
/// <param name="Size">What it counts against budgets, in bytes.</param>
/// <param name="Arrived">Unix milliseconds.</param>
/// <param name="Receipt">The receipt given for it once it was whole.</param>
/// <param name="Row">Its place among all that waits for the recipient; null until it is whole.</param>
public sealed record HeldItem(
    long Id, OutgoingKind Kind, byte[] Announcement, Did Recipient, Did Sender, string Network, long Size, long Arrived, byte[]? Receipt, long? Row);

/// <summary>A block of a held announcement.</summary>
/// <param name="Block">Row number, for <see cref="IHeldTable.Read"/>.</param>
public readonly record struct HeldPart(long Block, Cid Cid, int Length);

/// <summary>How much is held.</summary>
public readonly record struct HeldSum(long Bytes, int Items);

/// <summary>What is held for others: signed objects that nobody here can open, and the sealed blocks that came with them.</summary>
public interface IHeldTable
{
    HeldItem? Find(Did recipient, ReadOnlySpan<byte> announcement, Did sender, OutgoingKind kind);

    /// <summary>The item at a place of <see cref="IOutgoingTable"/>.</summary>
    HeldItem? At(long row);

    /// <summary>Adds an item without blocks, which nobody is shown yet; returns its number.</summary>
    long Add(HeldItem item);

    /// <summary>Puts blocks behind those of an item; one that it has already is passed over. Their bytes count from now on.</summary>
    void AddBlocks(long item, IEnumerable<Block> blocks);

    /// <summary>From now on the recipient is shown the item; once more where he was before it lost a block.</summary>
    /// <param name="row">The signed object, as it goes to him.</param>
    void Complete(long item, OutgoingRow row, byte[]? receipt);

    bool HasBlock(long item, Cid cid);

    /// <summary>The blocks of an item, in the order they came.</summary>
    IReadOnlyList<HeldPart> Parts(long item);

    /// <summary>A block of an item, re-hashed; null where it is gone or has rotted.</summary>
    Block? Read(HeldPart part);

    /// <summary>All blocks behind a row number, in its order.</summary>
    IReadOnlyList<HeldPart> Blocks(long after, int limit);

    /// <summary>All items behind a number, in its order, each with its signed object; null where there is none yet.</summary>
    IReadOnlyList<(HeldItem Item, byte[]? Signed)> Items(long after, int limit);

    /// <summary>Those who are to have a block.</summary>
    IReadOnlyList<Did> RecipientsOf(long block);

    /// <summary>Lets go of a block that rotted. What it belonged to has no receipt any more, so that its sender is asked for the block when he tries again.</summary>
    void Lose(HeldPart part);

    /// <summary>A block that came with something for this recipient about this thread, re-hashed; null where there is none.</summary>
    Block? Find(Did recipient, Cid thread, Cid cid);

    HeldSum Of(Did recipient);

    /// <summary>Of one sender, without what the recipient has.</summary>
    HeldSum Of(Did recipient, Did sender);

    /// <summary>From one network, without what the recipient has.</summary>
    HeldSum From(Did recipient, string network);

    /// <summary>What all machines of the recipient have, and could go.</summary>
    HeldSum Replicas(Did recipient);

    /// <summary>The oldest of those.</summary>
    long? OldestReplica(Did recipient);

    /// <summary>Items of others up to a place of <see cref="IOutgoingTable"/> that are not marked yet, oldest first.</summary>
    IReadOnlyList<long> Waiting(Did recipient, long upToRow, int limit);

    /// <summary>The same of what the recipient left for himself before a time.</summary>
    IReadOnlyList<HeldItem> WaitingOwn(Did recipient, long upToRow, long before, int limit);

    /// <summary>Items that came before a time, neither snapshots nor replicas.</summary>
    IReadOnlyList<long> Before(Did recipient, long time, int limit);

    /// <summary>Items that came before a time and of which something is still missing.</summary>
    IReadOnlyList<long> Partial(Did recipient, long time, int limit);

    /// <summary>Notes that all machines of the recipient have it.</summary>
    void SetAcknowledged(long item);

    /// <summary>
    /// Marks the announcements that hold the latest snapshots of a recipient's private threads, in place of those marked before: they are
    /// not dropped, whatever their age and whoever has them.
    /// </summary>
    void SetSnapshots(Did recipient, IEnumerable<byte[]> announcements);

    /// <summary>Lets go of an item with its place and the blocks that no other item has.</summary>
    void Remove(long item);

    /// <summary>Lets go of all that is held for somebody.</summary>
    void RemoveAll(Did recipient);

    /// <summary>Of everybody together.</summary>
    HeldSum All();
}

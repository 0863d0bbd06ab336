using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Replication;

/// <summary>What replication keeps beside the mailbox.</summary>
public interface IReplicationTables : IMailTables
{
    IOutgoingTable Outgoing { get; }

    IReceivedTable Received { get; }

    ICursorTable Cursors { get; }

    IDeviceTable Devices { get; }

    IQuarantineTable Quarantine { get; }

    IOwnChangeTable OwnChanges { get; }

    IOwnMachineTable OwnMachines { get; }

    IOwnHostTable OwnHosts { get; }

    IKeeperTable Keepers { get; }

    IParcelTable Parcels { get; }

    ISubmissionTable Submissions { get; }

    IServedTable Served { get; }

    IInvitationTable Invitations { get; }

    IHeldTable Held { get; }

    IHostTable Hosts { get; }

    IHolderTable Holders { get; }
}

/// <summary>Numbers are stored: never change one.</summary>
public enum OutgoingKind
{
    Announcement = 0,
    Receipt = 1,

    /// <summary>Another's, held for the recipient until he asks; never due.</summary>
    HeldAnnouncement = 2,

    /// <summary>Another's, held for the recipient until he asks; never due.</summary>
    HeldReceipt = 3,
}

/// <summary>An announcement or receipt that its recipient has not acknowledged.</summary>
/// <param name="Row">Its place in the order; rows only grow and are never used again, so a cursor can name one.</param>
/// <param name="Id">The id of the announcement that this is or answers, 16 bytes.</param>
/// <param name="Thread">The thread it speaks of.</param>
/// <param name="Bytes">The signed object.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAttempt">Unix milliseconds; not tried before.</param>
/// <param name="Error">Why the last attempt failed.</param>
public sealed record OutgoingRow(
    long Row, OutgoingKind Kind, byte[] Id, Did Recipient, Cid? Thread, byte[] Bytes, int Attempts, long NextAttempt, string? Error);

/// <summary>What waits for others.</summary>
public interface IOutgoingTable
{
    /// <summary>Adds a row with the messages (row numbers) it speaks of; returns its place.</summary>
    long Add(OutgoingRow row, IEnumerable<long> messages);

    OutgoingRow? Find(ReadOnlySpan<byte> id, OutgoingKind kind);

    /// <summary>Row numbers of the messages an announcement speaks of, in the order they were added.</summary>
    IReadOnlyList<long> Messages(long row);

    /// <summary>Rows whose time has come, earliest first.</summary>
    IReadOnlyList<OutgoingRow> Due(long now, int limit);

    /// <summary>The earliest next attempt, or null when nothing waits.</summary>
    long? NextDue();

    /// <summary>Rows for a recipient behind <paramref name="row"/>, in order.</summary>
    IReadOnlyList<OutgoingRow> For(Did recipient, long row, int limit);

    /// <summary>Rows for a recipient that were never tried or handed out and speak of this thread.</summary>
    IReadOnlyList<OutgoingRow> Untouched(Did recipient, Cid thread);

    void Postpone(long row, int attempts, long nextAttempt, string? error);

    /// <summary>Makes everything for a recipient due now, but for what is only held for him.</summary>
    void Hurry(Did recipient, long now);

    void Remove(long row);

    /// <summary>Removes every row that speaks of this message.</summary>
    void RemoveOf(long message);

    int Count();
}

/// <summary>The receipts given for announcements that were taken in, so that a replay earns the same one.</summary>
public interface IReceivedTable
{
    /// <summary>The receipt given for this announcement, or null.</summary>
    byte[]? Find(ReadOnlySpan<byte> announcement);

    void Put(ReadOnlySpan<byte> announcement, Did sender, ReadOnlySpan<byte> receipt, long now);
}

/// <summary>How far others' stores have been read.</summary>
public interface ICursorTable
{
    SyncCursor? Find(Did peer);

    void Put(Did peer, SyncCursor cursor);

    void Remove(Did peer);
}

/// <summary>How far others have read this store.</summary>
public interface IDeviceTable
{
    /// <summary>Registers a device or notes how far it has come.</summary>
    void Put(Did identity, ReadOnlySpan<byte> device, long acknowledged, long now);

    /// <summary>Forgets all devices of an identity: they have keys that were replaced.</summary>
    void Remove(Did identity);

    /// <summary>Forgets one device; false when it was not registered.</summary>
    bool Remove(Did identity, ReadOnlySpan<byte> device);

    /// <summary>When a device last asked, in Unix milliseconds; null where it is not registered.</summary>
    long? LastAsked(Did identity, ReadOnlySpan<byte> device);

    /// <summary>The registered devices of an identity with the last row each has acknowledged.</summary>
    IReadOnlyList<(byte[] Device, long Acknowledged)> Of(Did identity);
}

/// <summary>An announcement of a stranger with all that came with it, unopened.</summary>
/// <param name="Network">The network it came from, as <see cref="QuarantineBudget"/> groups addresses.</param>
/// <param name="Car">The request as it came.</param>
/// <param name="Card">The card the stranger showed.</param>
public sealed record QuarantineRow(byte[] Id, Did Sender, string Network, byte[] Car, byte[] Card, long Arrived);

/// <summary>What strangers sent, within a budget.</summary>
public interface IQuarantineTable
{
    void Put(QuarantineRow row);

    bool Has(ReadOnlySpan<byte> id);

    IReadOnlyList<QuarantineRow> Of(Did sender);

    /// <summary>Each stranger once with the newest card he showed, and how much he sent.</summary>
    IReadOnlyList<(Did Sender, byte[] Card, int Count, long Bytes, long Arrived)> Senders();

    long BytesOf(Did sender);

    long BytesFrom(string network);

    long Bytes();

    void Remove(Did sender);
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>A parcel that was made here, and how far it has come.</summary>
/// <param name="Bytes">Of its blocks together.</param>
/// <param name="State">Stored when the recipient has it; a submission's own recipients stand in the sentbox.</param>
/// <param name="Detail">Why it waits or was refused, for the person.</param>
/// <param name="Updated">Unix milliseconds of the last change.</param>
/// <param name="Reported">Of a submission: the time of the newest report taken, Unix milliseconds of the gateway; 0 before the first.</param>
public sealed record ParcelRow(Cid Cid, Did Recipient, ParcelType Type, long Bytes, DeliveryState State, string Detail, long Updated, long Reported);

/// <summary>
/// Parcels made here. Their blocks are kept until the recipient has them, their rows as long as somebody may ask. The deliveries of mail that
/// a submission carries are found by it.
/// </summary>
public interface IParcelTable
{
    /// <summary>Notes a parcel whose blocks wait here.</summary>
    void Add(ParcelRow row);

    ParcelRow? Find(Cid parcel);

    void SetState(Cid parcel, DeliveryState state, string detail, long now);

    /// <summary>Notes that the blocks were let go.</summary>
    void SetGone(Cid parcel);

    void SetReported(Cid parcel, long time);

    /// <summary>Parcels whose blocks are kept here.</summary>
    IReadOnlyList<Cid> Kept();

    /// <summary>For whom parcels of more than <paramref name="limit"/> bytes in all are kept here.</summary>
    IReadOnlyList<Did> WaitingAbove(long limit);

    /// <summary>Forgets parcels whose blocks are gone and that changed last before <paramref name="before"/>; how many.</summary>
    int Forget(long before);

    /// <summary>Notes which submission carries a delivery to the old world, or (null) that none does; with its new state.</summary>
    void Carry(DeliveryRow delivery, Cid? submission, DeliveryState state, string detail, long now);

    /// <summary>The deliveries that a submission carries.</summary>
    IReadOnlyList<DeliveryRow> Carried(Cid submission);

    /// <summary>Changes the state of one delivery that a submission carries; false when it carries none to this address.</summary>
    bool SetCarried(Cid submission, string address, DeliveryState state, string detail, long now);
}

/// <summary>A submission that a gateway took.</summary>
/// <param name="Announcement">The announcement that brought it, whose box holds its key; null once it is done.</param>
/// <param name="Taken">Unix milliseconds.</param>
/// <param name="NextAttempt">Unix milliseconds; null once it is done.</param>
/// <param name="Progress">The gateway's own note of how far it is, in bytes of its own form; empty at first.</param>
public sealed record SubmissionRow(Cid Cid, Did Sender, byte[]? Announcement, long Taken, long? NextAttempt, byte[] Progress)
{
    /// <summary>Where a bounce finds it (<see cref="SentMail"/>); null where none is looked for.</summary>
    public byte[]? Tag { get; init; }

    /// <summary>A sealed <see cref="SentMail"/>, kept as long as the name.</summary>
    public byte[]? Memory { get; init; }
}

/// <summary>Submissions taken by a gateway: each CID once, also after it is done.</summary>
public interface ISubmissionTable
{
    void Add(SubmissionRow row);

    SubmissionRow? Find(Cid submission);

    /// <summary>Those that were entered under a tag.</summary>
    IReadOnlyList<SubmissionRow> Tagged(ReadOnlySpan<byte> tag);

    /// <summary>Puts another memory in place of the one that is there.</summary>
    void Remember(Cid submission, ReadOnlySpan<byte> memory);

    /// <summary>Those whose time has come, the earliest first.</summary>
    IReadOnlyList<SubmissionRow> Due(long now, int limit);

    /// <summary>The earliest next attempt, or null when nothing waits.</summary>
    long? NextDue();

    void Postpone(Cid submission, long nextAttempt, ReadOnlySpan<byte> progress);

    /// <summary>Forgets all but the name and what a bounce needs: it is never executed again.</summary>
    void Finish(Cid submission);

    /// <summary>Those that are not done.</summary>
    IReadOnlyList<Cid> Waiting();

    /// <summary>Forgets names of what is done and was taken before <paramref name="before"/>; how many.</summary>
    int Forget(long before);
}

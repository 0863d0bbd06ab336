using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>What came of an announcement: a receipt, or why there is none.</summary>
/// <param name="Receipt">The signed answer; null when the request itself was at fault.</param>
/// <param name="Fault">What was at fault.</param>
/// <param name="Reason">Words for the sender.</param>
/// <param name="Added">How many messages were new.</param>
public readonly record struct ReceptionResult(Receipt? Receipt, ReceptionFault Fault, string Reason, int Added)
{
    internal static ReceptionResult Of(Receipt receipt, int added = 0) => new(receipt, ReceptionFault.None, "", added);

    internal static ReceptionResult Of(ReceptionFault fault, string reason) => new(null, fault, reason, 0);

    /// <summary>The blocks did not come whole.</summary>
    internal static ReceptionResult Of(BlockFeed blocks) =>
        Of(blocks.IsTooLarge ? ReceptionFault.TooLarge : ReceptionFault.Malformed, $"the CAR {blocks.Error}");
}

/// <summary>Why an announcement earned no receipt.</summary>
public enum ReceptionFault
{
    None,

    /// <summary>The bytes are not what they should be.</summary>
    Malformed,

    /// <summary>Nobody with that identity takes mail in here.</summary>
    NotForHere,

    /// <summary>More than is taken at once.</summary>
    TooLarge,

    /// <summary>No room now: for strangers, or for anybody.</summary>
    NoRoom,
}

/// <summary>
/// Takes announcements in: decides how the sender stands to the owner, verifies what came under a budget, stores it durably, and
/// answers with a receipt. A replay is harmless and earns the same receipt.
/// </summary>
/// <param name="submissions">Where the owner is a gateway: who may hand mail to it. Null where no submissions are taken.</param>
public sealed class Reception(IStore<IReplicationTables> store, Identity self, TimeProvider time, ISubmissionDesk? submissions = null)
{
    /// <summary>What one request of an accepted contact may bring.</summary>
    public static readonly CarBudget Budget = new(Blocks: 65_536, Bytes: 64 * 1024 * 1024);

    /// <summary>Whether announcements of the owner's own earlier keys count: where his lost machines left them (<see cref="RecoveryHosts"/>).</summary>
    internal bool TakesEarlierKeys { get; init; }

    private ParcelIntake Parcels => new(store, self, time, submissions);

    /// <summary>
    /// Whether what somebody announces would be opened now: then up to <see cref="Budget"/> is held in memory, otherwise no more than
    /// strangers may leave.
    /// </summary>
    public bool IsWelcome(Announcement announcement) =>
        announcement.Recipient == self.Did && announcement.TryOpen(self, out byte[] key, out _)
        && store.Read(tables => Judge(tables, announcement, key)) == Standing.Welcome;

    /// <summary>Takes in one announcement. When its blocks did not come whole, nothing of it is kept.</summary>
    /// <param name="blocks">The blocks that came with it.</param>
    /// <param name="network">Where it came from, by <see cref="QuarantineBudget.NetworkOf"/>.</param>
    public async Task<ReceptionResult> TakeAsync(Announcement announcement, BlockFeed blocks, string network, CancellationToken cancel)
    {
        if (announcement.Recipient != self.Did)
            return ReceptionResult.Of(ReceptionFault.NotForHere, "nobody with that identity takes mail in here");
        if (store.Read(tables => tables.Received.Find(announcement.Id)) is { } bytes && TryReplay(bytes, announcement) is { } earlier)
            return ReceptionResult.Of(earlier);
        if (store.Read(Quota.Of).IsReached)
            return ReceptionResult.Of(ReceptionFault.NoRoom, "there is no more room here: the quota that its owner set is reached");
        if (!announcement.TryOpen(self, out byte[] key, out Card? sender))
            return Refuse(announcement, "its key is not sealed to me");
        return store.Read(tables => Judge(tables, announcement, key)) switch
        {
            Standing.Blocked => Refuse(announcement, "not accepted"),
            Standing.Forgotten => Refuse(announcement, "the recipient has let go of this conversation"),
            Standing.Unwanted => Refuse(announcement, "parcels are taken only from gateways and accounts that were entered here"),
            Standing.Superseded => Refuse(announcement, "its sender's keys were replaced by newer ones"),
            Standing.Stranger => await new Quarantine(store, self, time).KeepAsync(announcement, sender, blocks, network, cancel),
            _ when announcement.IsParcel => await Parcels.TakeAsync(announcement, key, sender, blocks, cancel),
            _ => await new Intake(store, self, time).TakeAsync(announcement, key, sender, blocks, cancel),
        };
    }

    /// <summary>The receipt given before, when it was final.</summary>
    private static Receipt? TryReplay(byte[] bytes, Announcement announcement)
    {
        Block block = Block.Create(Cid.DagCbor, bytes);
        return Receipt.TryRead(block, out Receipt? receipt, out _) && receipt.Sender == announcement.Sender.Identity
            && receipt.Verdict == Verdict.Stored && receipt.Missing.Count == 0
            ? receipt
            : null;
    }

    /// <summary>An accepted contact may say anything, a party of a thread may speak in that thread, everyone else waits.</summary>
    private Standing Judge(IReplicationTables tables, Announcement announcement, byte[] key)
    {
        if (announcement.IsParcel)
            return Parcels.IsWelcome(tables, announcement) ? Standing.Welcome : Standing.Unwanted;
        Did sender = announcement.Sender.Identity;
        if (tables.Threads.IsForgotten(announcement.Thread))
            return Standing.Forgotten;
        if (sender == self.Did)
            return announcement.Sender.Epoch == self.CurrentEpoch || (TakesEarlierKeys && announcement.Sender.Epoch < self.CurrentEpoch)
                ? Standing.Welcome
                : Standing.Superseded;
        ContactRow? contact = tables.Contacts.Find(sender);
        if (contact is { State: ContactState.Blocked })
            return Standing.Blocked;
        if (contact is not null && contact.Card.Epoch > announcement.Sender.Epoch)
            return Standing.Superseded;
        bool isCommonThread = tables.Threads.Find(announcement.Thread) is { } row && row.Key.AsSpan().SequenceEqual(key) && tables.Threads.HasParty(row.Id, sender);
        return isCommonThread || contact is { State: ContactState.Accepted } ? Standing.Welcome : Standing.Stranger;
    }

    private ReceptionResult Refuse(Announcement announcement, string reason) =>
        ReceptionResult.Of(Receipt.Issue(self, announcement, Verdict.Refused, reason, [], time.GetUtcNow().ToUnixTimeMilliseconds()));

    private enum Standing
    {
        Welcome,
        Stranger,
        Blocked,
        Forgotten,
        Superseded,

        /// <summary>A parcel of somebody who has no business with parcels here: it is not kept for later, since nothing would release it.</summary>
        Unwanted,
    }
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Replication;

/// <summary>
/// Leaves at the owner's hosts, sealed to himself, what came into this store, for machines of his that are never online together with this
/// one (docs/formats/own-machines.md). What his other machines brought here they have left there themselves.
/// </summary>
internal sealed class HostTelling(IStore<IReplicationTables> store, Identity self, IPeer peer, IHostDoor door, OwnNews news, TimeProvider time)
{
    /// <summary>A receipt that asks for ever more of the same would keep us sending for ever.</summary>
    private const int MaxRounds = 64;

    /// <summary>Of announcements that hold the private thread; then it is left whole once more, in few. A request names 64 at most.</summary>
    private const int MaxKept = 48;

    private readonly Dictionary<Did, (int Failures, long Next)> failing = [];

    /// <summary>Tells each host; one that failed is left in peace for a growing while, and named in the report once.</summary>
    public async Task TellAsync(IEnumerable<PeerAddress> hosts, SyncReport report, CancellationToken cancel)
    {
        RecordPublishing.Stamp(store, time);
        if (store.Read(RecoveryHosts.IsUnderWay))
            return;
        foreach (PeerAddress host in hosts)
        {
            (int failures, long next) = failing.GetValueOrDefault(host.Identity);
            if (failures > 0 && time.GetTimestamp() < next)
                continue;
            try
            {
                await TellRecordsAsync(host, cancel);
                await TellMailAsync(host, cancel);
                failing.Remove(host.Identity);
            }
            catch (PeerException e)
            {
                failing[host.Identity] = (failures + 1, time.GetTimestamp() + (long)(Pauses.After(failures + 1).TotalSeconds * time.TimestampFrequency));
                if (failures == 0)
                    report.AddFailure($"for your other machines at {host.Url}", e.Message);
            }
        }
    }

    /// <summary>
    /// The private thread stays there whatever its age, for a recovery. A machine that has something to add leaves all that it has not left
    /// itself, so that its list alone is whole.
    /// </summary>
    private async Task TellRecordsAsync(PeerAddress host, CancellationToken cancel)
    {
        news.Publish();
        OwnHostRow row = store.Read(tables => RowOf(tables, host));
        if (store.Read(tables => NewRecords(tables, row)) is not { } left)
            return;
        var kept = new List<byte[]>(left.Row.Kept);
        foreach (OwnUpdate part in left.Parts)
        {
            if (await LeaveAsync(host, part, cancel))
                kept.Add(part.Announcement.Id.ToArray());
        }
        await door.AskAsync(host, new HostingRequest { Snapshots = kept }, cancel);
        Put(host, current => current with { Thread = left.Row.Thread, Noted = left.Row.Noted, Kept = kept });
    }

    /// <summary>What is to be left of the private thread, and the row as it is afterwards but for the ids; null where there is nothing to say.</summary>
    private (OwnHostRow Row, IReadOnlyList<OwnUpdate> Parts)? NewRecords(IReplicationTables tables, OwnHostRow row)
    {
        if (Current(tables) is not { } thread)
            return null;
        bool isSame = row.Thread == thread.Thread;
        if (!tables.OwnChanges.HasFirstHand(thread.Id, isSame ? row.Noted : 0))
            return null;
        bool goesOn = isSame && row.Kept.Count < MaxKept;
        IReadOnlyList<OwnUpdate> parts = news.PartsOf(tables, thread, goesOn ? row.Noted : 0);
        return (row with { Thread = thread.Thread, Noted = tables.OwnChanges.Last(), Kept = goesOn ? row.Kept : [] }, parts);
    }

    /// <summary>All other threads, once the owner has another machine: whoever has one only needs no copy of his mail there.</summary>
    private async Task TellMailAsync(PeerAddress host, CancellationToken cancel)
    {
        for (bool hasMore = store.Read(HasOtherMachines); hasMore;)
        {
            OwnUpdates updates = store.Read(tables => news.FirstHand(tables, RowOf(tables, host).Told, Current(tables)?.Id));
            foreach (OwnUpdate update in updates.Items)
            {
                if (!await LeaveAsync(host, update, cancel))
                    await LeaveApartAsync(host, update, cancel);
            }
            if (updates.Row > store.Read(tables => RowOf(tables, host)).Told)
                Put(host, row => row with { Told = updates.Row });
            hasMore = updates.HasMore;
        }
    }

    /// <summary>A host shows nothing of an announcement before it is whole: messages with chunks that are not here go without the others.</summary>
    private async Task LeaveApartAsync(PeerAddress host, OwnUpdate update, CancellationToken cancel)
    {
        if (update.Messages.Count == 1)
            return;
        foreach (OwnUpdate single in store.Read(tables => news.Apart(tables, update)))
            await LeaveAsync(host, single, cancel);
    }

    /// <summary>False when chunks are missing that this machine has not either.</summary>
    private async Task<bool> LeaveAsync(PeerAddress host, OwnUpdate update, CancellationToken cancel)
    {
        Receipt receipt = await peer.AnnounceAsync(host, update.Announcement, news.BlocksOf(update), cancel);
        for (int round = 0; round < MaxRounds && receipt is { Verdict: Verdict.Held, Missing.Count: > 0 }; round++)
        {
            IReadOnlyList<Cid> missing = receipt.Missing;
            receipt = await peer.AnnounceAsync(host, update.Announcement, news.BlocksAsked(update, missing), cancel);
            if (receipt.Missing.Count >= missing.Count && receipt.Missing.Contains(missing[0]))
                return false;
        }
        bool counts = receipt.Announcement.SequenceEqual(update.Announcement.Id) && receipt.Counts(self.Did, self.Did, host.Identity);
        if (!counts || receipt.Verdict != Verdict.Held)
            throw new PeerException(PeerFault.Refused, $"{host.Url} does not hold what this machine leaves for your others: {receipt.Reason ?? "no reason given"}.");
        return receipt.Missing.Count == 0;
    }

    private bool HasOtherMachines(IReplicationTables tables) =>
        tables.Devices.Of(self.Did).Count > 0 || tables.OwnMachines.List().Count > 0 || OwnDevices.List(tables, self.Did).Count > 1;

    private ThreadRow? Current(IReplicationTables tables) =>
        tables.Records.PrivateThreads().FirstOrDefault(row => row.Epoch == self.CurrentEpoch) is { } row ? tables.Threads.Find(row.Thread) : null;

    /// <summary>New keys begin anew: what earlier ones left is refused by machines that have the new ones.</summary>
    private OwnHostRow RowOf(IReplicationTables tables, PeerAddress host) =>
        tables.OwnHosts.Find(host.Identity) is { } row && row.Epoch == self.CurrentEpoch
            ? row
            : new OwnHostRow(host.Identity, self.CurrentEpoch, 0, 0, null, []);

    private void Put(PeerAddress host, Func<OwnHostRow, OwnHostRow> change) => store.Write(tables =>
    {
        tables.OwnHosts.Put(change(RowOf(tables, host)));
        return true;
    });
}

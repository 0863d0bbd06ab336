using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;

namespace Defms.Core.Replication;

/// <summary>
/// Brings this machine and the owner's others to the same mailbox: reads on from each that its card names, then tells it what came here.
/// What a machine brought is not told to it again.
/// </summary>
internal sealed class OwnExchange(IStore<IReplicationTables> store, Identity self, IPeer peer, Fetcher fetcher, OwnNews news, TimeProvider time)
{
    /// <summary>A receipt that asks for ever more of the same would keep us sending for ever.</summary>
    private const int MaxRounds = 64;

    /// <summary>How often a watching machine asks the others for what is new there; what is new here it tells at once.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(15);

    private long nextAsk;
    private long seen;

    /// <summary>Whether a watching machine has something to tell, or to ask again.</summary>
    public bool IsDue()
    {
        long last = store.Read(tables => tables.OwnChanges.Last());
        bool isDue = nextAsk <= time.GetTimestamp() || last > seen;
        if (isDue)
            nextAsk = time.GetTimestamp() + (long)(AskEvery.TotalSeconds * time.TimestampFrequency);
        seen = last;
        return isDue;
    }

    /// <summary>
    /// The endpoints on the own card that are another machine's, or may be. None while this machine knows of no other: then they are its own.
    /// </summary>
    public IReadOnlyList<PeerAddress> Machines() => store.Read(tables =>
        tables.Devices.Of(self.Did).Count == 0
            ? (IReadOnlyList<PeerAddress>)[]
            : [.. OwnCard.Get(tables).Endpoints.Where(endpoint => endpoint.Identity == self.Did && !IsHere(tables, endpoint.Text))
                .Select(endpoint => PeerAddress.Of(endpoint, mayBePrivate: true))]);

    /// <summary>Reads what is new there and tells what is new here.</summary>
    /// <param name="full">Whether all threads are compared as well.</param>
    /// <exception cref="PeerException">There is no answer that can be used.</exception>
    public async Task ExchangeAsync(PeerAddress address, bool full, SyncReport report, CancellationToken cancel)
    {
        RecordPublishing.Stamp(store, time);
        SyncHead head = (await fetcher.SyncAsync(address, full, waitSeconds: 0, report, cancel)).First;
        if (IsOwnEpoch(store, head.Cursor.Epoch))
            return;
        await TellAsync(address, report, cancel);
        if (head.Digests is { } theirs)
            await TellDifferencesAsync(address, head, theirs, report, cancel);
    }

    private static bool IsHere(IReplicationTables tables, string url) =>
        tables.OwnMachines.Find(url) is { } row && row.Read.Epoch.AsSpan().SequenceEqual(tables.Settings.GetBytes(StoreSettings.Epoch));

    private static bool IsOwnEpoch(IStore<IReplicationTables> store, byte[] epoch) =>
        store.Read(tables => epoch.AsSpan().SequenceEqual(tables.Settings.GetBytes(StoreSettings.Epoch)));

    private async Task TellAsync(PeerAddress address, SyncReport report, CancellationToken cancel)
    {
        string url = Url(address);
        for (bool hasMore = true; hasMore;)
        {
            OwnMachineRow row = store.Read(tables => tables.OwnMachines.Find(url))!;
            OwnUpdates updates = news.Behind(row.Told, row.Tag);
            foreach (OwnUpdate update in updates.Items)
                await AnnounceAsync(address, update, report, cancel);
            if (updates.Row > row.Told)
                store.Write(tables => PutTold(tables, url, row.Read.Epoch, updates.Row));
            hasMore = updates.HasMore;
        }
    }

    /// <summary>Threads that the other lacks, or of which it has another root, whole: it takes what it does not have.</summary>
    private async Task TellDifferencesAsync(PeerAddress address, SyncHead head, byte[] theirs, SyncReport report, CancellationToken cancel)
    {
        Dictionary<Cid, Cid> roots = head.Roots.ToDictionary(pair => pair.Thread, pair => pair.Root);
        IReadOnlyList<ThreadRow> threads = store.Read(tables => tables.Threads.WithParty(self.Did));
        byte[] ours = ThreadDigests.Of(threads);
        IEnumerable<Cid> different = threads
            .Where(row => ThreadDigests.Differ(ours, theirs, row.Thread) && roots.GetValueOrDefault(row.Thread) != row.Root)
            .Select(row => row.Thread);
        foreach (OwnUpdate update in news.Whole(different))
            await AnnounceAsync(address, update, report, cancel);
    }

    private async Task AnnounceAsync(PeerAddress address, OwnUpdate update, SyncReport report, CancellationToken cancel)
    {
        Receipt receipt = await peer.AnnounceAsync(address, update.Announcement, news.BlocksOf(update), cancel);
        for (int round = 0; round < MaxRounds && receipt is { Verdict: Verdict.Stored, Missing.Count: > 0 }; round++)
        {
            IReadOnlyList<Cid> missing = receipt.Missing;
            receipt = await peer.AnnounceAsync(address, update.Announcement, news.BlocksAsked(update, missing), cancel);
            if (receipt.Missing.Count >= missing.Count && receipt.Missing.Contains(missing[0]))
                break;
        }
        // What the person has forgotten there is refused, and that is no fault; keys that were replaced are one.
        if (receipt.Signer.Identity != self.Did || (receipt.Verdict != Verdict.Stored && receipt.Signer.Epoch > self.CurrentEpoch))
            throw new PeerException(PeerFault.Refused, $"{address.Url} does not take what comes from this machine: {receipt.Reason ?? "no reason given"}. Where you began a new epoch there, run 'defms device pair' here.");
        store.Write(tables => Note(tables, update, receipt));
        report.AddSent();
    }

    private static bool Note(IReplicationTables tables, OwnUpdate update, Receipt receipt)
    {
        Keeping.Note(tables, update.Announcement.Thread, receipt);
        return true;
    }

    private static bool PutTold(IReplicationTables tables, string url, byte[] epoch, long told)
    {
        if (tables.OwnMachines.Find(url) is { } row && row.Read.Epoch.AsSpan().SequenceEqual(epoch))
            tables.OwnMachines.Put(row with { Told = told });
        return true;
    }

    private static string Url(PeerAddress address) => new Endpoint(address.Url, address.Identity).Text;
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Replication;

/// <summary>What a sync is to do.</summary>
public readonly record struct SyncOptions
{
    /// <summary>Ask this endpoint alone; its contact is found by it.</summary>
    public Uri? Peer { get; init; }

    /// <summary>Start over and compare the roots of all common threads.</summary>
    public bool Full { get; init; }
}

/// <summary>
/// Moves mail between this store and others': delivers what waits, fetches what is new. Holds no state of its own; several processes
/// may each run one.
/// </summary>
public sealed class Replicator
{
    /// <summary>How often a watching replicator looks whether something is to do; other processes write to the same store.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>How often contacts are asked while nobody can deliver here, because our card names no endpoint.</summary>
    private static readonly TimeSpan AskContacts = TimeSpan.FromMinutes(5);

    private readonly IStore<IReplicationTables> store;
    private readonly TimeProvider time;
    private readonly PeerBook book;
    private readonly Deliverer deliverer;
    private readonly Fetcher fetcher;
    private readonly OwnExchange own;
    private readonly CardTelling? cards;
    private readonly HostTelling? telling;
    private readonly HostRecords hosting;

    /// <param name="submissions">As for <see cref="Reception"/>: what a gateway fetches may be submissions.</param>
    public Replicator(
        IStore<IReplicationTables> store, Identity self, IPeer peer, TimeProvider time, RandomSource random, ISubmissionDesk? submissions = null)
    {
        this.store = store;
        this.time = time;
        book = new PeerBook(store);
        var outbox = new Outbox(store, self, time, random);
        deliverer = new Deliverer(outbox, book, peer);
        fetcher = new Fetcher(store, self, peer, time, submissions);
        cards = peer is ICardPeer showing ? new CardTelling(store, showing) : null;
        var news = new OwnNews(store, outbox);
        own = new OwnExchange(store, self, peer, fetcher, news, time);
        hosting = new HostRecords(store, self, time);
        telling = peer is IHostDoor door ? new HostTelling(store, self, peer, door, news, time) : null;
    }

    /// <summary>Tries to deliver what is due, or (<paramref name="all"/>) everything that waits.</summary>
    public async Task<SyncReport> DeliverAsync(bool all, CancellationToken cancel)
    {
        var report = new SyncReport();
        await deliverer.DeliverAsync(all, report, cancel);
        return report;
    }

    /// <summary>Fetches what is missing of one thread, however large, from the owner's hosts and machines and every party.</summary>
    /// <exception cref="MailboxException">The thread is not here.</exception>
    public async Task<SyncReport> FetchAsync(Cid thread, CancellationToken cancel)
    {
        var report = new SyncReport();
        IReadOnlyList<Did> parties = store.Read(tables => tables.Threads.Find(thread) is { } row ? tables.Threads.Parties(row.Id) : throw new MailboxException($"There is no thread {thread} here.", MailboxFault.NotFound));
        foreach (PeerAddress endpoint in PlacesOf(thread, parties))
        {
            if (store.Read(tables => tables.Messages.Missing(tables.Threads.Find(thread)!.Id)).Count > 0)
                await FetchMissingFromAsync(endpoint, thread, everything: true, report, cancel);
        }
        return report;
    }

    /// <summary>Delivers everything that waits, then asks the owner's hosts and all contacts (or one peer) for what is new.</summary>
    /// <exception cref="MailboxException">No host or contact has the endpoint that was named.</exception>
    public async Task<SyncReport> SyncAsync(SyncOptions options, CancellationToken cancel)
    {
        var report = new SyncReport();
        await deliverer.DeliverAsync(all: true, report, cancel);
        await AskAsync(options, report, cancel);
        // What was fetched has earned receipts.
        await deliverer.DeliverAsync(all: false, report, cancel);
        return report;
    }

    /// <summary>
    /// Keeps delivering and fetching until cancelled. <paramref name="reported"/> is called after each round that did something, one call
    /// at a time.
    /// </summary>
    public async Task WatchAsync(Action<SyncReport> reported, CancellationToken cancel)
    {
        long nextAsk = 0;
        var turn = new Lock();
        void Report(SyncReport report)
        {
            lock (turn)
                reported(report);
        }
        await using var hosts = new HostWatch(store, book, fetcher, time, Report);
        using var timer = new PeriodicTimer(Look, time);
        do
        {
            var report = new SyncReport();
            await deliverer.DeliverAsync(all: false, report, cancel);
            if (nextAsk <= time.GetTimestamp() && (nextAsk == 0 || IsUnreachable()))
            {
                await AskAsync(default, report, cancel);
                await deliverer.DeliverAsync(all: false, report, cancel);
                nextAsk = time.GetTimestamp() + (long)(AskContacts.TotalSeconds * time.TimestampFrequency);
            }
            if (own.IsDue())
            {
                hosting.Converge();
                await ExchangeAsync(own.Machines(), full: false, report, cancel);
                hosting.Converge();
                await TellHostsAsync(book.Hosts(), report, cancel);
            }
            if (report.Sent + report.Received + report.Failed.Count > 0)
                Report(report);
            await hosts.LookAsync(cancel);
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }

    private bool IsUnreachable() => store.Read(tables => OwnCard.Get(tables).Endpoints.Count == 0);

    private async Task AskAsync(SyncOptions options, SyncReport report, CancellationToken cancel)
    {
        hosting.Converge();
        // A host that is a contact, too, answers both at once.
        List<Peer> peers = [.. HostPeers().Concat(book.Askable().Select(peer => new Peer(peer.Identity, peer.Name, peer.Endpoints))).DistinctBy(peer => peer.Identity)];
        IReadOnlyList<PeerAddress> machines = own.Machines();
        if (options.Peer is { } url)
        {
            string text = url.AbsoluteUri.TrimEnd('/');
            bool IsThere(PeerAddress endpoint) => endpoint.Url.AbsoluteUri.TrimEnd('/') == text;
            machines = [.. machines.Where(IsThere)];
            peers = [.. peers.Select(peer => peer with { Endpoints = [.. peer.Endpoints.Where(IsThere)] }).Where(peer => peer.Endpoints.Count > 0)];
            if (peers.Count + machines.Count == 0)
                throw new MailboxException($"No machine or host of yours is at {text}, and no accepted contact names that endpoint on his card.", MailboxFault.NotFound);
        }
        await ExchangeAsync(machines, options.Full, report, cancel);
        foreach (Peer peer in peers)
            await AskOneAsync(peer, options.Full, report, cancel);
        hosting.Converge();
        if (options.Peer is null)
            peers.AddRange(await AskNewAsync(peers, report, cancel));
        await TellHostsAsync(book.Hosts().Where(host => peers.Exists(peer => peer.Identity == host.Identity)), report, cancel);
        await FetchMissingAsync(report, cancel);
    }

    /// <summary>
    /// Hosts and contacts of whom this machine has only just heard, from another of the owner's or after a recovery: they may have mail for him.
    /// </summary>
    private async Task<IReadOnlyList<Peer>> AskNewAsync(List<Peer> asked, SyncReport report, CancellationToken cancel)
    {
        IEnumerable<Peer> contacts = book.Askable().Select(peer => new Peer(peer.Identity, peer.Name, peer.Endpoints));
        List<Peer> found = [.. HostPeers().Concat(contacts).DistinctBy(peer => peer.Identity).Where(peer => !asked.Exists(known => known.Identity == peer.Identity))];
        foreach (Peer peer in found)
            await AskOneAsync(peer, full: false, report, cancel);
        return found;
    }

    private IEnumerable<Peer> HostPeers() => book.Hosts().Select(host => new Peer(host.Identity, host.Url.ToString(), [host]));

    private Task TellHostsAsync(IEnumerable<PeerAddress> hosts, SyncReport report, CancellationToken cancel) =>
        telling?.TellAsync(hosts, report, cancel) ?? Task.CompletedTask;

    private async Task ExchangeAsync(IReadOnlyList<PeerAddress> machines, bool full, SyncReport report, CancellationToken cancel)
    {
        foreach (PeerAddress machine in machines)
        {
            try
            {
                await own.ExchangeAsync(machine, full, report, cancel);
            }
            catch (PeerException e)
            {
                report.AddFailure($"your machine at {machine.Url}", e.Message);
            }
        }
    }

    private async Task AskOneAsync(Peer peer, bool full, SyncReport report, CancellationToken cancel)
    {
        PeerException? failure = null;
        foreach (PeerAddress endpoint in peer.Endpoints)
        {
            try
            {
                if (cards is not null)
                    await cards.TellAsync(endpoint, cancel);
                await fetcher.SyncAsync(endpoint, full, waitSeconds: 0, report, cancel);
                Note(peer.Identity, null);
                return;
            }
            catch (PeerException e)
            {
                failure = e;
            }
        }
        if (failure is null)
            return;
        report.AddFailure(peer.Name, failure.Message);
        Note(peer.Identity, failure.Message);
    }

    private void Note(Did host, string? failure) => store.Write(tables =>
    {
        tables.Hosts.Note(host, time.GetUtcNow().ToUnixTimeMilliseconds(), failure);
        return true;
    });

    /// <summary>Chunks that did not come with their message are asked for at the owner's hosts and at every party of the thread.</summary>
    private async Task FetchMissingAsync(SyncReport report, CancellationToken cancel)
    {
        var threads = store.Read(tables => FetchLimit.AllWanted(tables, WantList.MaxBlocks).Select(pair => pair.Thread).Distinct()
            .Select(id => (Row: tables.Threads.Find(id)!, Parties: tables.Threads.Parties(id))).ToList());
        foreach ((ThreadRow row, IReadOnlyList<Did> parties) in threads)
        {
            foreach (PeerAddress endpoint in PlacesOf(row.Thread, parties))
                await FetchMissingFromAsync(endpoint, row.Thread, everything: false, report, cancel);
        }
    }

    private IEnumerable<PeerAddress> PlacesOf(Cid thread, IReadOnlyList<Did> parties) =>
        book.Hosts().Concat(parties.SelectMany(party => book.MachinesOf(party, thread)));

    private async Task FetchMissingFromAsync(PeerAddress endpoint, Cid thread, bool everything, SyncReport report, CancellationToken cancel)
    {
        try
        {
            await fetcher.FetchMissingAsync(endpoint, thread, everything, report, cancel);
        }
        catch (MailboxException e)
        {
            // A thread whose key is damaged takes nothing in; the others go on.
            report.AddFailure($"thread {thread}", e.Message);
        }
        catch (PeerException e)
        {
            report.AddFailure(endpoint.Url.ToString(), e.Message);
        }
    }

    /// <summary>Somebody who can be asked, at any of these places.</summary>
    private sealed record Peer(Did Identity, string Name, IReadOnlyList<PeerAddress> Endpoints);
}

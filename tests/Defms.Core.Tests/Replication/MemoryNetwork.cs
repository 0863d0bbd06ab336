using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Tests.Replication;

/// <summary>A network in one process: endpoints by URL, a clock for everybody, and cables that a test can pull.</summary>
internal sealed class MemoryNetwork
{
    private readonly Dictionary<string, Someone> people = [];
    private readonly HashSet<string> down = [];

    public MovingTime Time { get; } = new();

    /// <summary>What requests saw on their way, for tests that alter it.</summary>
    public Func<Receipt, Receipt>? AlterReceipt { get; set; }

    public int Announcements { get; set; }

    /// <summary>Bytes of CARs that crossed, both ways.</summary>
    public long Bytes { get; set; }

    /// <summary>Every block that was asked for.</summary>
    public List<Cid> Wanted { get; } = [];

    public void Join(Someone person) => people[Key(person.Endpoint)] = person;

    public Someone Find(string name) => people.Values.Single(person => person.Name == name);

    public void Cut(Someone person) => down.Add(Key(person.Endpoint));

    public void Restore(Someone person) => down.Remove(Key(person.Endpoint));

    public Someone Reach(PeerAddress peer) =>
        people.TryGetValue(Key(peer.Url), out Someone? person) && !down.Contains(Key(peer.Url))
            ? person
            : throw new PeerException(PeerFault.Unreachable, $"{peer.Url} cannot be reached.");

    private static string Key(Uri url) => url.AbsoluteUri.TrimEnd('/');
}

/// <summary>A clock that stands still until it is moved; waiting on it uses the real one.</summary>
internal sealed class MovingTime : TimeProvider
{
    private DateTimeOffset now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => now;

    public void Advance(TimeSpan span) => now += span;
}

/// <summary>Requests as method calls, with the bytes of a real CAR between.</summary>
internal sealed class MemoryPeer(MemoryNetwork network, Someone self) : IPeer, ICardPeer, IHostDoor
{
    public Task<Card?> ShowCardAsync(PeerAddress peer, Card? card, CancellationToken cancel)
    {
        Someone other = network.Reach(peer);
        return Task.FromResult(new CardDesk(other.Store, other.Identity, network.Time).Answer(self.Identity.Certificate, card));
    }

    public async Task<Receipt> AnnounceAsync(PeerAddress peer, Announcement announcement, IEnumerable<Block> blocks, CancellationToken cancel)
    {
        Someone other = network.Reach(peer);
        network.Announcements++;
        CarReader car = await PackAsync(network, blocks.Prepend(announcement.Block));
        await car.NextAsync(cancel);
        var feed = new BlockFeed(car, Reception.Budget);
        ReceptionResult result = announcement.Recipient != other.Did
            ? await new Holding(other.Store, other.Identity, network.Time).TakeAsync(announcement, feed, "198.51.100.0/24", cancel)
            : await new Reception(other.Store, other.Identity, network.Time, other.Desk)
            .TakeAsync(announcement, feed, "198.51.100.0/24", cancel);
        Receipt receipt = result.Receipt ?? throw new PeerException(PeerFault.Refused, result.Reason);
        return network.AlterReceipt?.Invoke(receipt) ?? receipt;
    }

    public Task<HostingAnswer> AskAsync(PeerAddress host, HostingRequest request, CancellationToken cancel)
    {
        Someone other = network.Reach(host);
        byte[] body = request.Encode();
        if (!HostingRequest.TryDecode(body, out HostingRequest? read, out string? error))
            throw new InvalidOperationException(error);
        return new HostingDesk(other.Store, network.Time).Answer(Sign(other, body), read, out string refusal) is { } answer
            ? Task.FromResult(answer)
            : throw new PeerException(PeerFault.Refused, refusal);
    }

    public Task SendReceiptAsync(PeerAddress peer, Receipt receipt, CancellationToken cancel)
    {
        Someone other = network.Reach(peer);
        return new ReceiptDesk(other.Store, other.Identity, other.Outbox).Take(receipt.Block) is { } refusal
            ? throw new PeerException(PeerFault.Refused, refusal)
            : Task.CompletedTask;
    }

    public async Task<PeerStream> SyncAsync(PeerAddress peer, SyncRequest request, CancellationToken cancel)
    {
        Someone other = network.Reach(peer);
        SignedRequest asker = Sign(other, request.Encode());
        (SyncHead _, IEnumerable<Block> blocks) = await new SyncDesk(other.Store, other.Identity, network.Time, other.Outbox).AnswerAsync(asker, request, cancel);
        return new PeerStream(await PackAsync(network, blocks), new MemoryStream());
    }

    public async Task<PeerStream> FetchAsync(PeerAddress peer, WantList wants, CancellationToken cancel)
    {
        Someone other = network.Reach(peer);
        network.Wanted.AddRange(wants.Blocks);
        Block none = Block.Create(Cid.Raw, Array.Empty<byte>());
        return new PeerStream(await PackAsync(network, new BlockDesk(other.Store, other.Identity).Answer(self.Identity.Certificate, wants).Prepend(none)), new MemoryStream());
    }

    private SignedRequest Sign(Someone other, byte[] body)
    {
        string header = SignedRequest.Sign(self.Identity, other.Did, "POST", "/defms/v1/sync", body, network.Time.GetUtcNow().ToUnixTimeMilliseconds(), RandomSource.System);
        return new RequestGate(other.Did, network.Time).Check(header, "POST", "/defms/v1/sync", body).Request
            ?? throw new PeerException(PeerFault.Refused, "the request was not let in");
    }

    private static async Task<CarReader> PackAsync(MemoryNetwork network, IEnumerable<Block> blocks)
    {
        List<Block> all = [.. blocks];
        var stream = new MemoryStream();
        CarWriter writer = await CarWriter.CreateAsync(stream, [all[0].Cid]);
        foreach (Block block in all)
            await writer.WriteAsync(block);
        network.Bytes += stream.Length;
        stream.Position = 0;
        return await CarReader.OpenAsync(stream, CarBudget.Unlimited);
    }
}

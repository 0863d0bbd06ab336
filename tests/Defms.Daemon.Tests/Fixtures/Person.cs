using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Daemon.Tests.Fixtures;

/// <summary>Somebody with a real home in a temporary folder, a server on a free loopback port if wanted, and a real client.</summary>
internal sealed class Person : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-person-").FullName;
    private readonly RecoverySeed seed = RecoverySeed.Create(RandomSource.System);
    private PeerServer? server;
    private HttpPeer peer;

    private Person(string name)
    {
        Name = name;
        Identity = Identity.From(seed);
        Home = Home.Create(HomeFolder, Identity, null, RandomSource.System);
        peer = new HttpPeer(Identity, Time, RandomSource.System);
        SetProfile(profile => profile with { Name = name, Addresses = [Address] });
    }

    public string Name { get; }

    public string Address => $"{Name.ToLowerInvariant()}@{Name.ToLowerInvariant()}.example";

    /// <summary>The clock of this machine alone.</summary>
    public ShiftedTime Time { get; } = new();

    public string HomeFolder => Path.Combine(folder, "home");

    public Identity Identity { get; private set; }

    public Did Did => Identity.Did;

    public Home Home { get; private set; }

    public SqliteStore Store => Home.Store;

    public Card Card => Store.Read(OwnCard.Get);

    public Mailbox Mailbox => new(Store, Did);

    public HttpPeer Peer => peer;

    public Outbox Outbox => new(Store, Identity, Time, RandomSource.System);

    public Replicator Replicator => new(Store, Identity, peer, Time, RandomSource.System);

    /// <summary>Where the server answers.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    public PeerAddress Door => new(Url, Did, MayBePrivate: true);

    /// <summary>Somebody who is not reachable.</summary>
    public static Person Away(string name) => new(name);

    /// <summary>Somebody whose card names his server.</summary>
    public static async Task<Person> ReachableAsync(string name)
    {
        var person = new Person(name);
        await person.StartServerAsync();
        person.SetProfile(profile => profile with { Endpoints = [new Endpoint(person.Url, person.Did)] });
        return person;
    }

    /// <summary>Listens where it listened before, else on a free port.</summary>
    public async Task StartServerAsync()
    {
        ListenAddress place = server is null && Url.Port == 1 ? new ListenAddress(System.Net.IPAddress.Loopback, 0, IsSecure: false) : new ListenAddress(System.Net.IPAddress.Loopback, Url.Port, IsSecure: false);
        server = await PeerServer.StartAsync(new ServerOptions { Listen = [place] }, Store, Identity, Time, NullLoggerFactory.Instance, CancellationToken.None);
        Url = new Uri(server.Addresses[0]);
    }

    public async Task StopServerAsync()
    {
        if (server is { } running)
            await running.DisposeAsync();
        server = null;
    }

    /// <summary>As after a restart of the machine: nothing is known but what is in the home.</summary>
    public async Task RestartAsync()
    {
        bool wasServing = server is not null;
        await StopServerAsync();
        peer.Dispose();
        Home.Dispose();
        Home = Home.Open(HomeFolder);
        Assert.True(Home.TryUnlock(null, out Identity? identity, out _));
        Identity.Dispose();
        Identity = identity;
        peer = new HttpPeer(Identity, Time, RandomSource.System);
        if (wasServing)
            await StartServerAsync();
    }

    /// <summary>The keys of the epoch behind the one in use, as the recovery code gives them.</summary>
    public Identity NextEpoch() => Identity.From(seed, Identity.CurrentEpoch + 1);

    /// <summary>Goes on with the keys of another epoch.</summary>
    public void UseKeys(Identity other)
    {
        Identity = other;
        peer.Dispose();
        peer = new HttpPeer(Identity, Time, RandomSource.System);
        SetProfile(profile => profile);
    }

    public void SetProfile(Func<Profile, Profile> change) => Store.Write(tables => OwnCard.Change(tables, Identity, change, Time.GetUtcNow()));

    public ContactChange Add(Card card) => Store.Write(tables => new ContactBook(tables, Did, Time.GetUtcNow()).Add(card));

    public void Know(params Person[] others)
    {
        foreach (Person other in others)
            Add(other.Card);
    }

    public Posted Send(string subject, params Person[] to) => Send(subject, to, null);

    public Posted Send(string subject, Person[] to, byte[]? attachment)
    {
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress(Name, Parse(Address)),
            To = [.. to.Select(person => new NamedAddress(null, Parse(person.Address)))],
            Subject = subject,
            Text = "text",
            Attachments = attachment is null ? [] : [new DraftAttachment("file.bin", null, attachment)],
            Date = Time.GetUtcNow(),
            MessageId = NewId(),
        });
        return Post(new Letter { Octets = octets, To = [.. to.Select(person => Parse(person.Address))] });
    }

    public Posted Reply(Cid thread, string text)
    {
        AnswerPlan plan = new Answering(Store, Did).Plan(thread, toAll: false);
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress(Name, Parse(Address)),
            To = plan.To,
            Cc = plan.Cc,
            Subject = plan.Reply.Subject,
            Text = text,
            InReplyTo = plan.Reply.InReplyTo,
            References = plan.Reply.References,
            Date = Time.GetUtcNow(),
            MessageId = NewId(),
        });
        return Post(new Letter { Octets = octets, To = [.. plan.To.Select(to => to.Address)], Cc = [.. plan.Cc.Select(cc => cc.Address)], Answers = thread });
    }

    public Task<SyncReport> DeliverAsync(bool all = true) => Replicator.DeliverAsync(all, CancellationToken.None);

    public Task<SyncReport> SyncAsync(bool full = false) => Replicator.SyncAsync(new SyncOptions { Full = full }, CancellationToken.None);

    public Cid? RootOf(Cid thread) => Store.Read(tables => tables.Threads.Find(thread)?.Root);

    public int CountOf(Cid thread) => Store.Read(tables => tables.Threads.Find(thread)?.Count ?? 0);

    public DeliveryRow DeliveryTo(Cid message, Person recipient) => Store.Read(tables =>
        tables.Deliveries.Of(tables.Messages.Find(message)!.Id).Single(row => row.Identity == recipient.Did));

    /// <summary>The announcement that waits for somebody, with the blocks that would go with it.</summary>
    public (Announcement Announcement, IReadOnlyList<Block> Blocks) Waiting(Person recipient)
    {
        Outbox.Announce();
        OutgoingRow row = Store.Read(tables => tables.Outgoing.For(recipient.Did, 0, 1))[0];
        Assert.True(Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out _));
        return (announcement, [.. Outbox.BlocksOf(row)]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        peer.Dispose();
        Home.Dispose();
        Identity.Dispose();
        seed.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private Posted Post(Letter letter) => new Posting(Store, Identity, Time, RandomSource.System).Post(letter);

    private string NewId() => $"{Convert.ToHexString(RandomSource.System.Bytes(8))}@{Name.ToLowerInvariant()}.example";

    private static MailAddress Parse(string text) =>
        MailAddress.TryParse(text, out MailAddress address) ? address : throw new InvalidOperationException($"{text} is no address.");
}

/// <summary>The system's clock with a difference.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Difference { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Difference;
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Replication;

/// <summary>Somebody with a real store in a temporary folder, a clock that the test moves, and a place in a network without sockets.</summary>
internal sealed class Someone : IDisposable
{
    private readonly byte[] seed;
    private readonly string folder = Directory.CreateTempSubdirectory("defms-someone-").FullName;

    public Someone(string name, MemoryNetwork network, bool isReachable = true)
    {
        Name = name;
        Network = network;
        seed = RandomSource.System.Bytes(RecoverySeed.Length);
        Identity = KeysOf(0);
        Home = Home.Create(Path.Combine(folder, "home"), Identity, null, RandomSource.System);
        Endpoint = new Uri($"http://{name.ToLowerInvariant()}.test");
        SetProfile(profile => profile with
        {
            Name = name,
            Addresses = [Address],
            Endpoints = isReachable ? [new Endpoint(Endpoint, Identity.Did)] : [],
        });
        network.Join(this);
    }

    /// <summary>Another machine of the same person, as it is when both have been paired; it has an endpoint where one is named.</summary>
    public Someone(Someone first, string machine, bool isReachable = false)
    {
        Name = first.Name;
        Network = first.Network;
        seed = first.seed;
        Identity = KeysOf(first.Identity.CurrentEpoch);
        Endpoint = new Uri($"http://{machine}.test");
        Home = Home.Create(Path.Combine(folder, "home"), Identity, null, RandomSource.System, tables => OwnCard.Take(tables, Identity, first.Card));
        Register(first);
        first.Register(this);
        if (isReachable)
            SetProfile(profile => profile with { Endpoints = [.. profile.Endpoints, new Endpoint(Endpoint, Identity.Did)] });
        Network.Join(this);
    }

    /// <summary>A machine of the same person whose home is there already; the home is taken over.</summary>
    public Someone(Someone first, string machine, Home home)
    {
        Name = first.Name;
        Network = first.Network;
        seed = first.seed;
        Identity = KeysOf(first.Identity.CurrentEpoch);
        Endpoint = new Uri($"http://{machine}.test");
        Home = home;
        Network.Join(this);
    }

    /// <summary>A new machine with the recovery code alone: the same person in another epoch, with an empty store.</summary>
    public Someone(Someone lost, string machine, int epoch)
    {
        Name = lost.Name;
        Network = lost.Network;
        seed = lost.seed;
        Identity = KeysOf(epoch);
        Endpoint = new Uri($"http://{machine}.test");
        Home = Home.Create(Path.Combine(folder, "home"), Identity, null, RandomSource.System);
        SetProfile(profile => profile with { Name = Name, Addresses = [Address] });
        Network.Join(this);
    }

    public byte[] Device => Store.Read(tables => tables.Settings.GetBytes(StoreSettings.Device))!;

    public Identity KeysOf(int epoch)
    {
        using RecoverySeed recovery = RecoverySeed.From(seed);
        return Identity.From(recovery, epoch);
    }

    public string Name { get; }

    public string Address => $"{Name.ToLowerInvariant()}@{Name.ToLowerInvariant()}.example";

    public Uri Endpoint { get; }

    public MemoryNetwork Network { get; }

    public Identity Identity { get; private set; }

    public Did Did => Identity.Did;

    public Home Home { get; private set; }

    public SqliteStore Store => Home.Store;

    public Card Card => Store.Read(OwnCard.Get);

    public Outbox Outbox => new(Store, Identity, Network.Time, RandomSource.System);

    public Replicator Replicator => new(Store, Identity, new MemoryPeer(Network, this), Network.Time, RandomSource.System, Desk);

    /// <summary>Who may hand mail to this one, where it is a gateway.</summary>
    public ISubmissionDesk? Desk { get; init; }

    public string Folder => Home.Folder;

    public Mailbox Mailbox => new(Store, Did);

    public void SetProfile(Func<Profile, Profile> change) => Store.Write(tables => OwnCard.Change(tables, Identity, change, Network.Time.GetUtcNow()));

    /// <summary>Goes on with other keys, as after a lost machine.</summary>
    public void UseKeys(Identity other)
    {
        Identity = other;
        SetProfile(profile => profile);
    }

    /// <summary>Knows of another machine of the same person.</summary>
    public void Register(Someone other) => Store.Write(tables =>
    {
        tables.Devices.Put(Did, other.Device, 0, Network.Time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    });

    public void Add(Card card) => Store.Write(tables => new ContactBook(tables, Did, Network.Time.GetUtcNow()).Add(card));

    public void Know(params Someone[] others)
    {
        foreach (Someone other in others)
            Add(other.Card);
    }

    public Posted Send(string subject, IEnumerable<Someone> to, IEnumerable<Someone>? bcc = null, string text = "text", byte[]? attachment = null) =>
        Post(Compose(subject, text, to, attachment, null), to, bcc ?? [], null);

    /// <summary>Sends to addresses, whoever is behind them.</summary>
    public Posted Write(string subject, string[] to, string[]? bcc = null, string text = "text", bool sealedOnly = false, string? from = null) => Post(new Letter
    {
        Octets = MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress(Name, Parse(from ?? Address)),
            To = [.. to.Select(address => new NamedAddress(null, Parse(address)))],
            Subject = subject,
            Text = text,
            Date = Network.Time.GetUtcNow(),
            MessageId = NewId(),
        }),
        To = [.. to.Select(Parse)],
        Bcc = [.. (bcc ?? []).Select(Parse)],
        SealedOnly = sealedOnly,
    });

    public Posted Post(Letter letter) => new Posting(Store, Identity, Network.Time, RandomSource.System).Post(letter);

    public Posted Reply(Cid thread, string text, bool toAll = false)
    {
        AnswerPlan plan = new Answering(Store, Did).Plan(thread, toAll);
        MailAddress from = Parse(Address);
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress(Name, from),
            To = plan.To,
            Cc = plan.Cc,
            Subject = plan.Reply.Subject,
            Text = text,
            InReplyTo = plan.Reply.InReplyTo,
            References = plan.Reply.References,
            Date = Network.Time.GetUtcNow(),
            MessageId = NewId(),
        });
        var letter = new Letter { Octets = octets, To = [.. plan.To.Select(to => to.Address)], Cc = [.. plan.Cc.Select(cc => cc.Address)], Answers = thread };
        return new Posting(Store, Identity, Network.Time, RandomSource.System).Post(letter);
    }

    public Task<SyncReport> DeliverAsync() => Replicator.DeliverAsync(all: true, CancellationToken.None);

    public Task<SyncReport> SyncAsync(bool full = false) => Replicator.SyncAsync(new SyncOptions { Full = full }, CancellationToken.None);

    public Cid? RootOf(Cid thread) => Store.Read(tables => tables.Threads.Find(thread)?.Root);

    public int CountOf(Cid thread) => Store.Read(tables => tables.Threads.Find(thread)?.Count ?? 0);

    public DeliveryState StateOf(Cid message, Someone recipient) => DeliveryTo(message, recipient).State;

    public DeliveryRow DeliveryTo(Cid message, Someone recipient) => Store.Read(tables =>
        tables.Deliveries.Of(tables.Messages.Find(message)!.Id).Single(row => row.Identity == recipient.Did));

    /// <summary>Ends the program, does something to its file, and starts it again.</summary>
    public void Restart(Action<string> meanwhile)
    {
        string folder = Folder;
        Home.Dispose();
        try
        {
            meanwhile(Path.Combine(folder, "store.db"));
        }
        finally
        {
            Home = Home.Open(folder);
        }
    }

    public void Dispose()
    {
        Home.Dispose();
        Identity.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public DeliveryRow DeliveryTo(Cid message, string address) => Store.Read(tables =>
        tables.Deliveries.Of(tables.Messages.Find(message)!.Id).Single(row => row.Address == address && row.IsLegacy));

    /// <summary>Every mail that shows, with its conversation.</summary>
    public IReadOnlyList<(ListedConversation Conversation, ShownMessage Message)> Mails() =>
        [.. Mailbox.List(new ConversationFilter(null, false, int.MaxValue)).SelectMany(row => Mailbox.Show(row.Newest.Thread).Messages.Select(message => (row, message)))];

    private Posted Post(byte[] octets, IEnumerable<Someone> to, IEnumerable<Someone> bcc, Cid? answers)
    {
        var letter = new Letter { Octets = octets, To = Addresses(to), Bcc = Addresses(bcc), Answers = answers };
        return new Posting(Store, Identity, Network.Time, RandomSource.System).Post(letter);
    }

    private byte[] Compose(string subject, string text, IEnumerable<Someone> to, byte[]? attachment, string? inReplyTo)
    {
        MailAddress from = Parse(Address);
        return MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress(Name, from),
            To = [.. Addresses(to).Select(address => new NamedAddress(null, address))],
            Subject = subject,
            Text = text,
            Attachments = attachment is null ? [] : [new DraftAttachment("file.bin", null, attachment)],
            InReplyTo = inReplyTo is null ? [] : [inReplyTo],
            Date = Network.Time.GetUtcNow(),
            MessageId = NewId(),
        });
    }

    private string NewId() => $"{Convert.ToHexString(RandomSource.System.Bytes(8))}@{Name.ToLowerInvariant()}.example";

    private static List<MailAddress> Addresses(IEnumerable<Someone> people) =>
        [.. people.Select(person => Parse(person.Address))];

    private static MailAddress Parse(string text) =>
        MailAddress.TryParse(text, out MailAddress address) ? address : throw new InvalidOperationException($"{text} is no address.");
}

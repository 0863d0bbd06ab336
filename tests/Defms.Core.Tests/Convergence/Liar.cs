using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Replication;
using Defms.Core.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Tests.Threads;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Convergence;

/// <summary>
/// Mallory: a contact of Alice's and Bob's, a stranger to Carol, a party of threads with all of them; and one who listens on every wire. He has his own keys
/// and those of his threads, and does with them what he likes.
/// </summary>
internal sealed class Liar
{
    private readonly SimulatedNetwork network;
    private readonly RandomSource chance;
    private readonly Func<Task>[] lies;

    public Liar(Machine machine, SimulatedNetwork network, RandomSource chance)
    {
        (Machine, this.network, this.chance) = (machine, network, chance);
        lies =
        [
            TellDifferentStoriesAsync, TellDifferentStoriesAsync, BeginThreadForSomeAsync, SpeakForAnotherAsync, SealInAnotherWayAsync, MoveToAnotherThreadAsync,
            WriteRecordsAsync, ShowDifferentCardsAsync, GiveReceiptsForAnotherAsync, ReplayAsync, BehaveAsync, BehaveAsync,
        ];
    }

    public Machine Machine { get; }

    private Identity Self => Machine.Identity;

    /// <summary>Messages of his own that he showed to some only, with their threads.</summary>
    public List<(Cid Thread, Block Message)> Hidden { get; } = [];

    /// <summary>Blocks that he serves beside those of his store.</summary>
    public Dictionary<Cid, Block> Extra { get; } = [];

    /// <summary>A word that he puts wherever he can and nobody else ever writes.</summary>
    public const string Mark = "forged";

    /// <summary>Announcements that went over any wire, the latest of them.</summary>
    public IReadOnlyList<(Uri To, Packet Packet)> Overheard(int count) => [.. network.Overheard.Where(heard => heard.Packet.Request == Request.Announce).TakeLast(count)];

    public Task ActAsync() => chance.Pick(lies)();

    /// <summary>Something that was ever sent comes once more, to the same or to somebody else.</summary>
    public async Task ReplayAsync()
    {
        if (network.Overheard.Count == 0)
            return;
        (Uri to, Packet packet) = chance.Pick(network.Overheard);
        await network.ArriveUnheardAsync(chance.Below(4) == 0 ? chance.Pick(Village.Places).Url : to, packet);
    }

    /// <summary>To each of the others another message, under one Message-ID and of one time.</summary>
    public async Task TellDifferentStoriesAsync()
    {
        if (await OpenSomeAsync() is not { } thread)
            return;
        string id = Convert.ToHexString(Machine.Random.Bytes(6));
        long now = Machine.Now;
        foreach (Place target in Others(thread).DistinctBy(place => place.Person))
        {
            SealedMessage message = thread.Seal(Self, Octets($"only for {target.Person}", id), now);
            Hidden.Add((thread.Id, message.Message.Block));
            Extra[message.Message.Cid] = message.Message.Block;
            await AnnounceAsync(target, thread, [message.Message.Block]);
        }
    }

    /// <summary>Announces blocks of a thread to one machine, with whatever card and root.</summary>
    public async Task AnnounceAsync(Place target, Thread thread, IEnumerable<Block> blocks, Card? card = null)
    {
        using Identity recipient = target.KeysOf(0);
        Certificate certificate = Machine.Store.Read(tables => tables.Contacts.Find(recipient.Did)?.Card.Certificate) ?? recipient.Certificate;
        Announcement announcement = Announcement.Issue(
            Self, card ?? Machine.Store.Read(OwnCard.Get), certificate, thread.Id, ThreadRoot.Build(thread.Id, []).Root, thread.Key, Machine.Now, Machine.Random);
        byte[] car = await Cars.PackAsync(announcement.Block.Cid, blocks.Prepend(thread.Genesis.Block).Prepend(announcement.Block));
        await network.ArriveUnheardAsync(target.Url, new Packet(Request.Announce, car, null));
    }

    /// <summary>Now and then he reads and sends his mail like anybody, which is how he comes into threads.</summary>
    private async Task BehaveAsync()
    {
        await Machine.Replicator.SyncAsync(default, CancellationToken.None);
        var to = Village.Places.Where(place => place.Person != "mallory" && chance.Below(2) == 0).Select(place => place.Address).Distinct().ToList();
        if (to.Count > 0 && chance.Below(2) == 0)
            new Posting(Machine.Store, Self, Machine.Time, Machine.Random).Post(Pen.Compose(Machine, "Plan", to, [], isLarge: chance.Below(5) == 0));
    }

    /// <summary>A thread of several parties of which only one is told.</summary>
    private async Task BeginThreadForSomeAsync()
    {
        List<Card> cards = Machine.Store.Read(tables => tables.Contacts.List().Select(row => row.Card).Where(_ => chance.Below(3) > 0).Append(OwnCard.Get(tables)).ToList());
        if (cards.Count < 2)
            return;
        using Thread thread = Thread.Create(Self, cards, new GenesisOptions { Created = Machine.Now }, Machine.Random);
        SealedMessage message = thread.Seal(Self, Octets("to whom I like"), Machine.Now);
        await AnnounceAsync(chance.Pick(Others(thread)), thread, [message.Message.Block]);
    }

    /// <summary>A message by somebody else, signed with the only keys that he has.</summary>
    private async Task SpeakForAnotherAsync()
    {
        if (await OpenSomeAsync() is not { } thread)
            return;
        Place author = chance.Pick(Others(thread));
        using Identity named = author.KeysOf(0);
        var forger = new Forger(thread);
        Block forged = forger.Message(forger.Sign(Forger.Inline(named, Octets(Mark)), [], Self));
        await AnnounceAsync(chance.Pick(Others(thread)), thread, [forged]);
        Extra[forged.Cid] = forged;
    }

    /// <summary>Somebody's own words and signature, sealed so that they have another name.</summary>
    private async Task SealInAnotherWayAsync()
    {
        if (await OpenSomeAsync() is not { } thread || MessageOf(thread) is not { } block)
            return;
        var forger = new Forger(thread);
        byte[] record = forger.Record(block).Encode();
        byte[] padded = new byte[Sealed.Padme(Sealed.PrefixLength(record.Length) + record.Length)];
        record.CopyTo(padded, Core.Codecs.Varint.Write(padded, (ulong)record.Length));
        Block other = forger.Node(forger.SealLoosely("defms/message", padded, Machine.Random.Bytes(Sealed.NonceLength))).ToBlock();
        await AnnounceAsync(chance.Pick(Others(thread)), thread, [other]);
    }

    /// <summary>Somebody's message of one thread, announced and named as one of another.</summary>
    private async Task MoveToAnotherThreadAsync()
    {
        if (await OpenSomeAsync() is not { } from || await OpenSomeAsync() is not { } to || MessageOf(from) is not { } block)
            return;
        await AnnounceAsync(chance.Pick(Others(to)), to, [block]);
    }

    /// <summary>What only the owner's machines may say to each other, said in a thread of several.</summary>
    private async Task WriteRecordsAsync()
    {
        if (await OpenSomeAsync() is not { } thread || MessageOf(thread) is not { } block)
            return;
        long later = Machine.Now + (60 * 60 * 1000);
        Place victim = chance.Pick(Others(thread));
        using Identity enemy = victim.KeysOf(0);
        byte[] octets = RecordMail.Write(
        [
            new Core.Mailboxes.Records.Record($"label {block.Cid} {Mark}", later, Mark),
            new Core.Mailboxes.Records.Record($"flags {block.Cid}", later, "deleted"),
            new Core.Mailboxes.Records.Record($"contact {enemy.Did}", later, "blocked"),
            new Core.Mailboxes.Records.Record($"binding {victim.Address}", later, Self.Did.ToString()),
        ], out _);
        await AnnounceAsync(chance.Pick(Others(thread)), thread, [thread.Seal(Self, octets, Machine.Now).Message.Block]);
    }

    /// <summary>Two cards of one number, each to somebody else; later perhaps an old one.</summary>
    private async Task ShowDifferentCardsAsync()
    {
        if (await OpenSomeAsync() is not { } thread)
            return;
        Card current = Machine.Store.Read(OwnCard.Get);
        foreach (Place target in Others(thread))
        {
            int seq = Math.Max(0, current.Seq + chance.Below(4) - 1);
            Card card = Self.IssueCard(current.Profile! with { Name = $"{Mark} for {target.Machine}", Seq = seq });
            await AnnounceAsync(target, thread, [], card);
        }
    }

    /// <summary>"Stored", by Mallory, for what was announced to others.</summary>
    private async Task GiveReceiptsForAnotherAsync()
    {
        foreach ((Uri _, Packet packet) in Overheard(5))
        {
            if ((await Cars.ReadAsync(packet.Body)) is not [var first, ..] || !Announcement.TryRead(first, out Announcement? announcement, out _))
                continue;
            Receipt receipt = Receipt.Issue(Self, announcement, Verdict.Stored, null, [], Machine.Now);
            foreach (Place place in Village.Places)
                await network.ArriveUnheardAsync(place.Url, new Packet(Request.Receipt, receipt.Block.Data.ToArray(), null));
        }
    }

    /// <summary>A thread of his with somebody else in it; he fetches his mail first where he has none.</summary>
    private async Task<Thread?> OpenSomeAsync()
    {
        if (Threads().Count == 0)
            await Machine.Replicator.SyncAsync(default, CancellationToken.None);
        List<Cid> threads = Threads();
        return threads.Count == 0 ? null : Machine.Store.Read(tables => ThreadAccess.Open(tables, chance.Pick(threads)));
    }

    public List<Cid> Threads() => Machine.Store.Read(tables =>
        tables.Threads.WithParty(Self.Did).Where(row => tables.Threads.Parties(row.Id).Count > 1).Select(row => row.Thread).ToList());

    private Block? MessageOf(Thread thread) => Machine.Store.Read(tables =>
        tables.Messages.InThread(tables.Threads.Find(thread.Id)!.Id).Where(row => row.Author != Self.Did).Select(row => tables.Blocks.Find(row.Cid)).FirstOrDefault(block => block is not null));

    private List<Place> Others(Thread thread) => [.. Village.Places.Where(place => place.Person != "mallory" && thread.Genesis.Parties.Any(party => party.Addresses.Contains(place.Address)))];

    private static byte[] Octets(string text, string id = "one") =>
        Encoding.ASCII.GetBytes($"From: <mallory@mallory.example>\r\nMessage-ID: <{id}@mallory.example>\r\nSubject: {text}\r\n\r\n{text}\r\n");
}

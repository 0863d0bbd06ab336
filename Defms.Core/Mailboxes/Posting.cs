using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>A mail to send: its octets, which hold no Bcc field, and whom it goes to.</summary>
public sealed record Letter
{
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public IReadOnlyList<MailAddress> To { get; init; } = [];

    public IReadOnlyList<MailAddress> Cc { get; init; } = [];

    public IReadOnlyList<MailAddress> Bcc { get; init; } = [];

    /// <summary>Whether nothing is sent rather than any of it by SMTP.</summary>
    public bool SealedOnly { get; init; }

    /// <summary>The thread it answers in; it joins this thread or becomes a branch of it.</summary>
    public Cid? Answers { get; init; }
}

/// <summary>A recipient of what was posted, and how it stands.</summary>
public sealed record PostedRecipient(string Address, DeliveryState State);

/// <summary>What was posted.</summary>
public sealed record Posted(Cid Message, Cid Thread, IReadOnlyList<PostedRecipient> Recipients);

/// <summary>Puts a mail into its thread and queues it for its recipients, all or nothing.</summary>
public sealed class Posting(IStore<IMailTables> store, Identity self, TimeProvider time, RandomSource random)
{
    /// <exception cref="MailboxException">A recipient has no route (nothing is queued then), or the thread is not here.</exception>
    /// <exception cref="ThreadException">Too many recipients, or the mail is too large.</exception>
    public Posted Post(Letter letter) => store.Write(tables => Post(tables, letter));

    private Posted Post(IMailTables tables, Letter letter)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        Card own = OwnCard.Get(tables);
        using Threads.Thread? answered = letter.Answers is { } name ? ThreadAccess.Open(tables, name) : null;
        var routing = new Routing(tables, own, answered?.Genesis);
        var routes = LetterRoutes.Find(tables, routing, letter);
        List<Card> audience = [.. routes.Open.Select(recipient => recipient.Card).Append(own).DistinctBy(card => card.Identity)];
        bool isForLegacyAlone = routes.Legacy.Count > 0 && audience.Count == 1;
        using Threads.Thread thread = isForLegacyAlone ? File(letter.Octets) : Choose(tables, routing, answered, audience, now);
        SealedMessage message = Keep(tables, thread, letter.Octets, now, out long row);
        var recipients = new List<PostedRecipient>();
        foreach (Recipient recipient in routes.Open.DistinctBy(recipient => recipient.Identity))
            recipients.Add(Queue(tables, row, recipient, isBcc: false, now));
        foreach (Recipient recipient in routes.Blind.Where(reader => !audience.Exists(card => card.Identity == reader.Identity)).DistinctBy(reader => reader.Identity))
            recipients.Add(PostBlind(tables, own, recipient, letter.Octets, now));
        foreach ((MailAddress address, bool isBcc) in routes.Legacy)
            recipients.Add(QueueLegacy(tables, row, address, isBcc, now));
        return new Posted(message.Message.Cid, thread.Id, recipients);
    }

    /// <summary>Mail for the old world alone lies in a thread of the owner's own: the one where the answers will be filed.</summary>
    private Threads.Thread File(ReadOnlyMemory<byte> octets)
    {
        using var filing = new Filing(self);
        return filing.Open(FilingId.Of(MailMessage.Parse(octets), SHA256.HashData(octets.Span)));
    }

    /// <summary>The thread answered in when its parties are exactly the audience and nobody's keys have changed; else a new one.</summary>
    private Threads.Thread Choose(IMailTables tables, Routing routing, Threads.Thread? answered, List<Card> audience, long now)
    {
        if (answered is not null && answered.Genesis.Parties.Count == audience.Count && answered.Genesis.Parties.All(party => IsUnchanged(routing, party, audience)))
            return ThreadAccess.Open(tables, answered.Id);
        bool isBranch = answered is not null && audience.TrueForAll(card => answered.Genesis.Find(card.Identity) is not null);
        var options = new GenesisOptions { Created = now, BranchOf = isBranch ? answered!.Id : null };
        return Threads.Thread.Create(self, audience, options, random);
    }

    private static bool IsUnchanged(Routing routing, Card party, List<Card> audience) =>
        audience.Exists(card => card.Identity == party.Identity) && routing.Newest(party).Certificate.Equals(party.Certificate);

    private SealedMessage Keep(IMailTables tables, Threads.Thread thread, ReadOnlyMemory<byte> octets, long now, out long row)
    {
        SealedMessage message = thread.Seal(self, octets, now);
        IndexedMessage described = Indexing.Describe(message.Message, octets, self.Did, now);
        Arrival.Add(tables, thread, [described], message.Chunks, self.Did, now);
        row = tables.Messages.Find(message.Message.Cid)!.Id;
        return message;
    }

    /// <summary>A blind reader gets a thread with the author alone: no link leads from the one to the other.</summary>
    private PostedRecipient PostBlind(IMailTables tables, Card own, Recipient reader, ReadOnlyMemory<byte> octets, long now)
    {
        using Threads.Thread thread = Threads.Thread.Create(self, [own, reader.Card], new GenesisOptions { Created = now }, random);
        Keep(tables, thread, octets, now, out long row);
        return Queue(tables, row, reader, isBcc: true, now);
    }

    private PostedRecipient Queue(IMailTables tables, long message, Recipient recipient, bool isBcc, long now)
    {
        bool isSelf = recipient.Identity == self.Did;
        DeliveryState state = isSelf ? DeliveryState.Stored : DeliveryState.Queued;
        string address = recipient.Address.ToString();
        tables.Deliveries.Add(new DeliveryRow(message, address, recipient.Identity, isBcc, state, isSelf ? "your own store" : "", now));
        return new PostedRecipient(address, state);
    }

    /// <summary>Which gateway takes it, and when, is decided when it is handed over.</summary>
    private static PostedRecipient QueueLegacy(IMailTables tables, long message, MailAddress to, bool isBcc, long now)
    {
        string address = to.ToString();
        tables.Deliveries.Add(new DeliveryRow(message, address, default, isBcc, DeliveryState.Queued, "", now));
        return new PostedRecipient(address, DeliveryState.Queued);
    }
}

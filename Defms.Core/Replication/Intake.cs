using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>Opens, verifies and stores what somebody welcome announced: all of it in one transaction, on disk before the receipt.</summary>
internal sealed class Intake(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task<ReceptionResult> TakeAsync(
        Announcement announcement, byte[] key, Card sender, BlockFeed blocks, CancellationToken cancel)
    {
        var arrived = new ArrivedBlocks(store);
        await using var reading = new MessageReading(self.Did, Now, arrived);
        while (await blocks.NextAsync(cancel) is { } block)
        {
            bool isFirst = arrived.IsEmpty;
            if (arrived.Add(block) && block.Cid.Codec != Cid.Raw && block.Cid != announcement.Thread)
                reading.Add(block);
            // The genesis block comes first or is here already; where it does not, messages wait for it.
            if (isFirst || block.Cid == announcement.Thread)
                reading.Thread ??= OpenThread(announcement, key, arrived, out _);
        }
        if (blocks.Error is not null)
            return ReceptionResult.Of(blocks);
        string refusal = "";
        if ((reading.Thread ??= OpenThread(announcement, key, arrived, out refusal)) is not { } thread)
            return Refuse(announcement, refusal);
        List<IndexedMessage> messages = await reading.EndAsync();
        if (messages.Count == 0 && reading.Refusal is { } why)
            return Refuse(announcement, $"the message {why}");
        (Receipt receipt, int added) = await store.WriteAsync(
            tables => Store(tables, announcement, thread, sender, messages, arrived.Chunks), cancel);
        return ReceptionResult.Of(receipt, added);
    }

    /// <summary>The thread as it is kept here, or a new one from the genesis block that came.</summary>
    private Threads.Thread? OpenThread(Announcement announcement, byte[] key, ArrivedBlocks arrived, out string refusal)
    {
        refusal = "the first block of the thread did not come with it";
        if (arrived.Find(announcement.Thread) is not { } genesis
            || !Threads.Thread.TryOpen(genesis, key, out Threads.Thread? thread, out string? error))
        {
            refusal = arrived.Find(announcement.Thread) is null ? refusal : "the first block of the thread is not opened by its key";
            return null;
        }
        refusal = error ?? "";
        if (thread.Genesis.Find(self.Did) is not null && thread.Genesis.Find(announcement.Sender.Identity) is not null)
            return thread;
        refusal = "sender and recipient are not both parties of the thread";
        thread.Dispose();
        return null;
    }

    private (Receipt Receipt, int Added) Store(
        IReplicationTables tables, Announcement announcement, Threads.Thread thread, Card sender,
        List<IndexedMessage> messages, IReadOnlyCollection<Block> chunks)
    {
        long now = Now;
        bool isOwn = announcement.Sender.Identity == self.Did;
        if (isOwn)
            OwnCard.Adopt(tables, sender);
        else
            new ContactBook(tables, self.Did, time.GetUtcNow()).Learn(sender);
        List<Cid> added = isOwn ? [.. messages.Select(message => message.Message.Cid).Where(cid => !tables.Messages.Has(cid))] : [];
        ArrivalResult arrival = Arrival.Add(tables, thread, messages, chunks, self.Did, now);
        Card? newer = announcement.RecipientEpoch < self.CurrentEpoch ? OwnCard.Get(tables) : null;
        Receipt receipt = Receipt.Issue(self, announcement, Verdict.Stored, null, arrival.Missing, now, newer, arrival.Thread.Root);
        if (isOwn)
            tables.OwnChanges.SetSource(added, MachineTag.OfAnnouncement(announcement));
        else
            tables.Received.Put(announcement.Id, announcement.Sender.Identity, receipt.Block.Span, now);
        return (receipt, arrival.Added);
    }

    private ReceptionResult Refuse(Announcement announcement, string reason) =>
        ReceptionResult.Of(Receipt.Issue(self, announcement, Verdict.Refused, reason, [], Now));
}

/// <summary>The blocks of one request, in front of those that are kept.</summary>
internal sealed class ArrivedBlocks(IStore<IMailTables> store) : IBlockSource
{
    private readonly Dictionary<Cid, Block> nodes = [];
    private readonly Dictionary<Cid, Block> chunks = [];

    public IReadOnlyCollection<Block> Chunks => chunks.Values;

    public bool IsEmpty => nodes.Count + chunks.Count == 0;

    /// <summary>False when it came before, or is nothing of ours.</summary>
    public bool Add(Block block) => block.Cid.IsOurs && (block.Cid.Codec == Cid.Raw ? chunks : nodes).TryAdd(block.Cid, block);

    public IReadOnlyList<Block> Nodes(Cid except) => [.. nodes.Values.Where(block => block.Cid != except)];

    public Block? Find(Cid cid) =>
        nodes.TryGetValue(cid, out Block? block) || chunks.TryGetValue(cid, out block)
            ? block
            : store.Read(tables => tables.Blocks.Find(cid));
}

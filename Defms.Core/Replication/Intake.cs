using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>Opens, verifies and stores what somebody welcome announced: all of it in one transaction, on disk before the receipt.</summary>
internal sealed class Intake(IStore<IReplicationTables> store, Identity self, TimeProvider time)
{
    /// <summary>Fewer messages are verified one after another; starting threads would cost more.</summary>
    private const int ParallelFrom = 64;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task<ReceptionResult> TakeAsync(
        Announcement announcement, byte[] key, Card sender, BlockFeed blocks, CancellationToken cancel)
    {
        var arrived = new ArrivedBlocks(store);
        while (await blocks.NextAsync(cancel) is { } block)
            arrived.Add(block);
        if (blocks.Error is not null)
            return ReceptionResult.Of(blocks);
        if (OpenThread(announcement, key, arrived, out string refusal) is not { } thread)
            return Refuse(announcement, refusal);
        using (thread)
        {
            List<IndexedMessage> messages = Verify(thread, arrived, cancel, out string? firstRefusal);
            if (messages.Count == 0 && firstRefusal is not null)
                return Refuse(announcement, $"the message {firstRefusal}");
            (Receipt receipt, int added) = await store.WriteAsync(tables => Store(tables, announcement, thread, sender, messages, arrived.Chunks), cancel);
            return ReceptionResult.Of(receipt, added);
        }
    }

    /// <summary>The thread as it is kept here, or a new one from the genesis block that came.</summary>
    private Threads.Thread? OpenThread(Announcement announcement, byte[] key, ArrivedBlocks arrived, out string refusal)
    {
        refusal = "the first block of the thread did not come with it";
        if (arrived.Find(announcement.Thread) is not { } genesis || !Threads.Thread.TryOpen(genesis, key, out Threads.Thread? thread, out string? error))
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

    /// <summary>The messages that belong, with what the index will say of them. The others are left aside.</summary>
    private List<IndexedMessage> Verify(Threads.Thread thread, ArrivedBlocks arrived, CancellationToken cancel, out string? firstRefusal)
    {
        IReadOnlyList<Block> candidates = arrived.Nodes(except: thread.Id);
        var opened = new IndexedMessage?[candidates.Count];
        string? refused = null;
        long now = Now;
        void VerifyOne(int i)
        {
            if (thread.TryOpen(candidates[i], out Message? message, out string? refusal))
                opened[i] = Indexing.Read(thread, message, arrived, self.Did, now);
            else
                Interlocked.CompareExchange(ref refused, refusal, null);
        }
        if (candidates.Count >= ParallelFrom)
            Parallel.For(0, candidates.Count, new ParallelOptions { CancellationToken = cancel }, VerifyOne);
        else
            for (int i = 0; i < candidates.Count; i++)
                VerifyOne(i);
        firstRefusal = refused;
        return [.. opened.OfType<IndexedMessage>()];
    }

    private (Receipt Receipt, int Added) Store(
        IReplicationTables tables, Announcement announcement, Threads.Thread thread, Card sender, List<IndexedMessage> messages, IReadOnlyCollection<Block> chunks)
    {
        long now = Now;
        new ContactBook(tables, self.Did, time.GetUtcNow()).Learn(sender);
        ArrivalResult arrival = Arrival.Add(tables, thread, messages, chunks, self.Did, now);
        Card? newer = announcement.RecipientEpoch < self.CurrentEpoch ? OwnCard.Get(tables) : null;
        Receipt receipt = Receipt.Issue(self, announcement, Verdict.Stored, null, arrival.Missing, now, newer);
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

    public void Add(Block block)
    {
        if (block.Cid.IsOurs)
            (block.Cid.Codec == Cid.Raw ? chunks : nodes)[block.Cid] = block;
    }

    public IReadOnlyList<Block> Nodes(Cid except) => [.. nodes.Values.Where(block => block.Cid != except)];

    public Block? Find(Cid cid) =>
        nodes.TryGetValue(cid, out Block? block) || chunks.TryGetValue(cid, out block) ? block : store.Read(tables => tables.Blocks.Find(cid));
}

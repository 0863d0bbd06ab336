using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Tests.Replication.Objects;
using Defms.Core.Tests.Support;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>Every vector, changed by chance, before every reader: a refusal is an answer, an exception is a fault of ours.</summary>
public sealed class MutatedVectorsTests
{
    private const int Rounds = 4_000;
    private static readonly Thread[] Threads = [ThreadVectors.Private, ThreadVectors.Filed, ThreadVectors.Public];

    private static readonly byte[][] Objects =
    [
        .. new[] { ThreadVectors.Folder, ThreadVectors.Refused, ReplicationVectors.Folder, ReplicationVectors.Refused }
            .SelectMany(folder => folder.Objects()).Select(row => row.Bytes).Where(bytes => bytes.Length < 8_192),
    ];

    [Fact]
    public void No_reader_throws_on_changed_objects() => Property.Holds(Rounds, random =>
    {
        byte[] changed = random.Mutate(random.Pick(Objects));
        Block block = Block.Create(random.Below(8) == 0 ? Cid.Raw : Cid.DagCbor, changed);
        ReadAsThread(block);
        ReadAsReplication(block, changed);
    });

    [Fact]
    public void No_reader_throws_on_changed_records_that_a_party_has_sealed() => Property.Holds(Rounds, random =>
    {
        Thread thread = random.Pick(Threads);
        Forger forger = new(thread);
        (_, _, SealedMessage message, _) = random.Pick(ThreadVectors.Messages.Where(row => row.Thread == thread).ToList());
        byte[] record = forger.Record(message.Message.Block).Encode();
        Block changed = forger.Message(random.Mutate(record), message.Message.Body);
        Assert.False(thread.TryOpen(changed, out Message? opened, out _) && opened.Cid != message.Message.Cid);

        byte[] genesis = random.Mutate(forger.Open("defms/genesis", thread.Genesis.Block).Encode());
        CborValue around = CborValue.Parse(thread.Genesis.Block.Span).With("sealed", CborValue.Bytes(forger.Cipher.Seal("defms/genesis", genesis)));
        if (Thread.TryOpen(around.ToBlock(), thread.Key, out Thread? other, out _))
            Assert.Equal(thread.Id, other.Id);
    });

    [Fact]
    public void No_reader_throws_on_changed_boxes_and_headers() => Property.Holds(Rounds / 4, random =>
    {
        CborValue announcement = ReplicationVectors.Announcement.Copy();
        announcement["sealed"] = CborValue.Bytes(Core.Sealing.SealingKeyPair.Seal(People.Bob.Certificate.Sealing, random.Mutate(ReplicationVectors.Opening)));
        Assert.True(Announcement.TryRead(AnnouncementTests.Sign(announcement, People.Alice).ToBlock(), out Announcement? read, out _));
        read.TryOpen(People.Bob, out _, out _);

        CborValue receipt = ReplicationVectors.Receipts[0].Object.Copy();
        receipt["card"] = CborValue.Bytes(Core.Sealing.SealingKeyPair.Seal(People.Alice.Certificate.Sealing, random.Mutate(People.BobCard.Encoded.Span)));
        if (Receipt.TryRead(ReplicationVectors.SignReceipt(receipt, People.Bob).ToBlock(), out Receipt? taken, out _))
            taken.TryOpenCard(People.Alice, out _);

        string header = Encoding.Latin1.GetString(random.Mutate(Encoding.ASCII.GetBytes(ReplicationVectors.Header)));
        bool verifies = SignedRequest.TryVerify(header, "POST", "/defms/v1/blocks", ReplicationVectors.Wants.Encode(), out _, out _);
        Assert.Equal(header == ReplicationVectors.Header, verifies);
    });

    private static void ReadAsThread(Block block)
    {
        foreach (Thread thread in Threads)
        {
            Thread.TryOpen(block, thread.Key, out Thread? opened, out _);
            opened?.Dispose();
            if (thread.TryOpen(block, out Message? message, out _))
                thread.ReadOctets(message, new MemoryBlockstore());
            var walk = new RootWalk(thread.Id, block.Cid, _ => false);
            walk.Feed(block);
        }
        Genesis.PublicKeyOf(block);
        MessageNode.TryRead(block, out _, out _);
        var store = new MemoryBlockstore();
        store.Put([block]);
        ThreadRoot.Add(ThreadVectors.Private.Id, block.Cid, [Samples.Numbered(1), Samples.Numbered(2)], store);
        _ = ThreadRoot.Nodes(block.Cid, store).Count();
    }

    private static void ReadAsReplication(Block block, byte[] bytes)
    {
        if (Announcement.TryRead(block, out Announcement? announcement, out _))
            announcement.TryOpen(People.Bob, out _, out _);
        if (Receipt.TryRead(block, out Receipt? receipt, out _))
            receipt.TryOpenCard(People.Alice, out _);
        SyncHead.TryRead(block, out _, out _);
        SyncRequest.TryDecode(bytes, out _, out _);
        WantList.TryDecode(bytes, out _, out _);
        Card.TryDecode(bytes, out _, out _);
    }
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

public sealed class AnnouncementTests
{
    private static readonly Cid Thread = Samples.Numbered(1), Root = Samples.Numbered(2);
    private static readonly byte[] Key = Samples.Pattern(ThreadKey.Length);

    [Fact]
    public void The_recipient_reads_what_was_announced_and_opens_key_and_card()
    {
        Announcement read = Read(Issue().Block);
        Assert.Equal((Thread, Root, People.Bob.Did, 0, People.Issued), (read.Thread, read.Root, read.Recipient, read.RecipientEpoch, read.Time));
        Assert.Equal(People.Alice.Certificate, read.Sender);
        Assert.Equal(Announcement.IdLength, read.Id.Length);

        Assert.True(read.TryOpen(People.Bob, out byte[] key, out Card? card));
        Assert.Equal(Key, key);
        Assert.Equal(People.AliceCard, card);
    }

    [Fact]
    public void Two_announcements_of_the_same_are_two()
    {
        Assert.False(Issue().Id.SequenceEqual(Issue(random: new SeededRandomSource(2)).Id));
        // Even with the same id: the box is another each time.
        Assert.NotEqual(Issue().Block.Cid, Issue().Block.Cid);
    }

    [Fact]
    public void Nobody_else_opens_it_the_sender_included()
    {
        Announcement announcement = Read(Issue().Block);
        foreach (Identity other in new[] { People.Alice, People.Carol, People.Mallory })
        {
            Assert.False(announcement.TryOpen(other, out byte[] key, out Card? card));
            Assert.Empty(key);
            Assert.Null(card);
        }
    }

    [Fact]
    public void One_announces_to_oneself_for_ones_other_machines()
    {
        Announcement announcement = Announcement.Issue(
            People.Alice, People.AliceCard, People.Alice.Certificate, Thread, Root, Key, People.Issued, new SeededRandomSource(1));
        using Identity otherMachine = People.Person(0xa1);
        Assert.True(Read(announcement.Block).TryOpen(otherMachine, out byte[] key, out _));
        Assert.Equal(Key, key);
    }

    [Fact]
    public void What_was_sealed_to_an_earlier_epoch_is_opened_after_a_key_change_and_not_the_other_way_round()
    {
        using Identity later = People.Person(0xb0, epoch: 2);
        Assert.True(Read(Issue().Block).TryOpen(later, out _, out _));
        Announcement toLater = Announcement.Issue(
            People.Alice, People.AliceCard, later.Certificate, Thread, Root, Key, People.Issued, new SeededRandomSource(1));
        Assert.Equal(2, toLater.RecipientEpoch);
        Assert.False(Read(toLater.Block).TryOpen(People.Bob, out _, out _));
    }

    [Fact]
    public void A_box_taken_from_the_announcement_of_another_does_not_open()
    {
        CborValue stolen = CborValue.Parse(Issue().Block.Span);
        stolen["certificate"] = Certificate(People.Mallory);
        Announcement read = Read(Sign(stolen, People.Mallory).ToBlock());
        Assert.Equal(People.Mallory.Did, read.Sender.Identity);
        Assert.False(read.TryOpen(People.Bob, out _, out _));
    }

    [Fact]
    public void A_card_of_somebody_else_or_of_another_epoch_in_the_box_does_not_open()
    {
        using Identity older = People.Person(0xa1, epoch: 1);
        foreach (Card card in new[] { People.CarolCard, People.CardOf(older, "Alice") })
            Assert.False(WithBox(Box(CborValue.Bytes(Key), card)).TryOpen(People.Bob, out _, out _));
        Assert.True(WithBox(Box(CborValue.Bytes(Key), People.AliceCard)).TryOpen(People.Bob, out _, out _));
    }

    [Fact]
    public void A_box_that_holds_something_else_does_not_open()
    {
        CborValue card = CborValue.Parse(People.AliceCard.Encoded.Span);
        foreach (byte[] opening in new[]
        {
            [], [0xa0], CborValue.Map(("key", CborValue.Bytes(Key))).Encode(), CborValue.Map(("key", CborValue.Bytes(Key.AsSpan(1))), ("card", card)).Encode(),
            CborValue.Map(("key", CborValue.Bytes(Key)), ("card", card), ("note", CborValue.Null)).Encode(),
            CborValue.Map(("key", CborValue.Bytes(Key)), ("card", card)).Reverse().Encode(),
        })
            Assert.False(WithBox(SealingKeyPair.Seal(People.Bob.Certificate.Sealing, opening)).TryOpen(People.Bob, out _, out _));
        Assert.False(WithBox([]).TryOpen(People.Bob, out _, out _));
        Assert.False(WithBox(new byte[4096]).TryOpen(People.Bob, out _, out _));
    }

    [Fact]
    public void Every_changed_bit_and_every_cut_is_refused()
    {
        byte[] bytes = Issue().Block.Span.ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] flipped = (byte[])bytes.Clone();
            flipped[i] ^= (byte)(1 << (i % 8));
            Refuses("", Block.Create(Cid.DagCbor, flipped));
            Refuses("", Block.Create(Cid.DagCbor, bytes.AsMemory(0, i)));
        }
    }

    [Fact]
    public void An_announcement_has_exactly_the_fields_of_the_schema_signed_by_its_sender()
    {
        CborValue whole = CborValue.Parse(Issue().Block.Span);
        Assert.Equal(whole.Encode(), Sign(whole.Copy(), People.Alice).Encode());
        foreach (string key in whole.Keys)
        {
            if (key == "signature")
                continue;
            Refuses("", Sign(whole.Copy().Without(key), People.Alice).ToBlock());
            Refuses("", Sign(whole.Copy().With(key, CborValue.Null), People.Alice).ToBlock());
        }
        Refuses("", Sign(whole.Copy().With("note", CborValue.Int(1)), People.Alice).ToBlock());
        Refuses("", whole.Copy().Reverse().ToBlock());
        Refuses("not signed by its sender", Sign(whole.Copy(), People.Bob).ToBlock());
        Refuses("not signed by its sender", Sign(whole.Copy(), People.Alice, "defms/1 receipt").ToBlock());
        Refuses("version 1", Sign(whole.Copy().With("v", CborValue.Int(2)), People.Alice).ToBlock());
        Refuses("kind", Sign(whole.Copy().With("kind", CborValue.Text("defms/receipt")), People.Alice).ToBlock());
        Refuses("raw bytes", Sign(whole.Copy().With("root", CborValue.Link(Cid.Of(Cid.Raw, "a"u8))), People.Alice).ToBlock());
        Refuses("raw bytes", Sign(whole.Copy().With("thread", CborValue.Link(Cid.Of(Cid.Raw, "a"u8))), People.Alice).ToBlock());
        Refuses("9999", Sign(whole.Copy().With("time", CborValue.Int(long.MaxValue)), People.Alice).ToBlock());
        Refuses("9999", Sign(whole.Copy().With("time", CborValue.Int(-1)), People.Alice).ToBlock());
        Refuses("above 1000", Sign(whole.Copy().With("epoch", CborValue.Int(1001)), People.Alice).ToBlock());
        Refuses("another length", Sign(whole.Copy().With("id", CborValue.Bytes(new byte[15])), People.Alice).ToBlock());
        Refuses("longer than 4096", Sign(whole.Copy().With("sealed", CborValue.Bytes(new byte[4097])), People.Alice).ToBlock());
        Refuses("", Block.Create(Cid.Raw, whole.Encode()));
    }

    [Fact]
    public void Nothing_is_issued_that_its_recipient_could_not_open()
    {
        using Identity later = People.Person(0xa1, epoch: 1);
        Assert.Throws<ArgumentException>(() => Announcement.Issue(later, People.AliceCard, People.Bob.Certificate, Thread, Root, Key, 0, new SeededRandomSource(1)));
        Assert.Throws<ArgumentException>(() => Announcement.Issue(People.Alice, People.BobCard, People.Bob.Certificate, Thread, Root, Key, 0, new SeededRandomSource(1)));
        Assert.Throws<ArgumentException>(() => Announcement.Issue(People.Alice, People.AliceCard, People.Bob.Certificate, Thread, Root, Key.AsSpan(1), 0, new SeededRandomSource(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Announcement.Issue(People.Alice, People.AliceCard, People.Bob.Certificate, Thread, Root, Key, -1, new SeededRandomSource(1)));
    }

    internal static CborValue Sign(CborValue fields, Identity signer, string label = "defms/1 announcement")
    {
        fields.Without("signature");
        byte[] statement = CborValue.List(CborValue.Text(label), fields).Encode();
        return fields.With("signature", CborValue.Bytes(signer.Sign(statement)));
    }

    internal static CborValue Certificate(Identity identity) => CborValue.Parse(Card.Bare(identity.Certificate).Encoded.Span)["certificate"];

    private static Announcement Issue(RandomSource? random = null) => Announcement.Issue(
        People.Alice, People.AliceCard, People.Bob.Certificate, Thread, Root, Key, People.Issued, random ?? new SeededRandomSource(1));

    private static byte[] Box(CborValue key, Card card) =>
        SealingKeyPair.Seal(People.Bob.Certificate.Sealing, CborValue.Map(("key", key), ("card", CborValue.Parse(card.Encoded.Span))).Encode());

    private static Announcement WithBox(byte[] box) =>
        Read(Sign(CborValue.Parse(Issue().Block.Span).With("sealed", CborValue.Bytes(box)), People.Alice).ToBlock());

    private static Announcement Read(Block block)
    {
        Assert.True(Announcement.TryRead(block, out Announcement? announcement, out string? error), error);
        return announcement;
    }

    private static void Refuses(string reason, Block block)
    {
        Assert.False(Announcement.TryRead(block, out Announcement? announcement, out string? error), $"should be refused: {reason}");
        Assert.Null(announcement);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}

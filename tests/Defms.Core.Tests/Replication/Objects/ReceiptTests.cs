using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

public sealed class ReceiptTests
{
    private static readonly Announcement Announcement = Announcement.Issue(
        People.Alice, People.AliceCard, People.Bob.Certificate, Samples.Numbered(1), Samples.Numbered(2), new byte[32], People.Issued, new SeededRandomSource(1));

    private static Identity Host => People.Carol;

    [Fact]
    public void A_receipt_says_what_became_of_the_announcement()
    {
        foreach ((Verdict verdict, string? reason) in new[] { (Verdict.Stored, null), (Verdict.Held, null), (Verdict.Quarantined, null), (Verdict.Refused, "The box is full.") })
        {
            Cid[] missing = [Samples.Numbered(3), Cid.Of(Cid.Raw, "chunk"u8)];
            Receipt read = Read(Receipt.Issue(People.Bob, Announcement, verdict, reason, missing, People.Issued).Block);
            Assert.Equal((verdict, reason, People.Alice.Did, People.Bob.Did, People.Issued), (read.Verdict, read.Reason, read.Sender, read.Recipient, read.Time));
            Assert.Equal(Announcement.Id, read.Announcement);
            Assert.Equal(missing, read.Missing);
            Assert.Equal(People.Bob.Certificate, read.Signer);
            Assert.False(read.TryOpenCard(People.Alice, out _));
        }
    }

    [Fact]
    public void What_is_missing_beyond_1024_is_left_for_the_next_receipt()
    {
        Receipt receipt = Receipt.Issue(People.Bob, Announcement, Verdict.Stored, null, Enumerable.Range(0, 1_500).Select(Samples.Numbered), 0);
        Assert.Equal(Enumerable.Range(0, 1_024).Select(Samples.Numbered), Read(receipt.Block).Missing);
    }

    [Theory]
    [InlineData("recipient", Verdict.Stored, "", true)]
    [InlineData("recipient", Verdict.Held, "", true)]
    [InlineData("recipient", Verdict.Quarantined, "", true)]
    [InlineData("recipient", Verdict.Refused, "", true)]
    [InlineData("recipient", Verdict.Stored, "host", true)]
    [InlineData("host", Verdict.Held, "host", true)]
    [InlineData("host", Verdict.Refused, "host", true)]
    [InlineData("host", Verdict.Stored, "host", false)]
    [InlineData("host", Verdict.Quarantined, "host", false)]
    [InlineData("host", Verdict.Held, "", false)]
    [InlineData("host", Verdict.Refused, "", false)]
    [InlineData("stranger", Verdict.Held, "host", false)]
    [InlineData("stranger", Verdict.Refused, "host", false)]
    [InlineData("stranger", Verdict.Stored, "", false)]
    [InlineData("sender", Verdict.Stored, "host", false)]
    public void A_receipt_counts_from_the_recipient_and_from_his_host_for_what_a_host_can_know(string signer, Verdict verdict, string answering, bool counts)
    {
        Identity Who(string role) => role switch { "recipient" => People.Bob, "host" => Host, "sender" => People.Alice, _ => People.Mallory };
        Receipt receipt = Receipt.Issue(Who(signer), Announcement, verdict, verdict == Verdict.Refused ? "No." : null, [], 0);
        Did? from = answering.Length == 0 ? null : Who(answering).Did;

        Assert.Equal(counts, Read(receipt.Block).Counts(People.Alice.Did, People.Bob.Did, from));
        Assert.False(receipt.Counts(People.Mallory.Did, People.Bob.Did, from));
        Assert.False(receipt.Counts(People.Alice.Did, People.Mallory.Did, from));
    }

    [Fact]
    public void The_sender_and_nobody_else_opens_the_card_inside()
    {
        using Identity later = People.Person(0xb0, epoch: 1);
        Card card = People.CardOf(later, "Bob");
        Receipt read = Read(Receipt.Issue(later, Announcement, Verdict.Stored, null, [], 0, card).Block);
        Assert.True(read.TryOpenCard(People.Alice, out Card? opened));
        Assert.Equal(card, opened);
        using Identity senderLater = People.Person(0xa1, epoch: 2);
        Assert.True(read.TryOpenCard(senderLater, out _));
        foreach (Identity other in new[] { People.Bob, People.Mallory })
            Assert.False(read.TryOpenCard(other, out _));
    }

    [Fact]
    public void A_card_of_somebody_else_inside_is_not_shown() =>
        Assert.False(Read(Receipt.Issue(People.Bob, Announcement, Verdict.Stored, null, [], 0, People.CarolCard).Block).TryOpenCard(People.Alice, out _));

    [Fact]
    public void Every_changed_bit_and_every_cut_is_refused()
    {
        byte[] bytes = Receipt.Issue(People.Bob, Announcement, Verdict.Refused, "No.", [Samples.Numbered(3)], 0, People.BobCard).Block.Span.ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] flipped = (byte[])bytes.Clone();
            flipped[i] ^= (byte)(1 << (i % 8));
            Refuses("", Block.Create(Cid.DagCbor, flipped));
            Refuses("", Block.Create(Cid.DagCbor, bytes.AsMemory(0, i)));
        }
    }

    [Fact]
    public void A_receipt_has_exactly_the_fields_of_the_schema_signed_by_its_signer()
    {
        CborValue whole = CborValue.Parse(Receipt.Issue(People.Bob, Announcement, Verdict.Refused, "No.", [Samples.Numbered(3)], 0, People.BobCard).Block.Span);
        Assert.Equal(whole.Encode(), Sign(whole.Copy()).Encode());
        foreach (string key in whole.Keys)
        {
            if (key == "signature")
                continue;
            Refuses("", Sign(whole.Copy().With(key, CborValue.Null)).ToBlock());
            if (key is not ("card" or "missing"))
                Refuses("", Sign(whole.Copy().Without(key)).ToBlock());
        }
        Refuses("", Sign(whole.Copy().With("note", CborValue.Int(1))).ToBlock());
        Refuses("", whole.Copy().Reverse().ToBlock());
        Refuses("was not signed", AnnouncementTests.Sign(whole.Copy(), People.Mallory, "defms/1 receipt").ToBlock());
        Refuses("was not signed", AnnouncementTests.Sign(whole.Copy(), People.Bob).ToBlock());
        Refuses("verdict it does not know", Sign(whole.Copy().With("verdict", CborValue.Text("eaten"))).ToBlock());
        Refuses("reason without a refusal", Sign(whole.Copy().With("verdict", CborValue.Text("held"))).ToBlock());
        Refuses("reason without a refusal", Sign(whole.Copy().Without("reason")).ToBlock());
        Refuses("reason without a refusal", Sign(whole.Copy().With("reason", CborValue.Text(""))).ToBlock());
        Refuses("reason without a refusal", Sign(whole.Copy().With("reason", CborValue.Text("")).With("verdict", CborValue.Text("held"))).ToBlock());
        Refuses("longer than 200", Sign(whole.Copy().With("reason", CborValue.Text(new string('a', 201)))).ToBlock());
        Refuses("control characters", Sign(whole.Copy().With("reason", CborValue.Text("No.\u001b[31m"))).ToBlock());
        Refuses("empty list", Sign(whole.Copy().With("missing", CborValue.List())).ToBlock());
        Refuses("longer than 1024", Sign(whole.Copy().With("missing", CborValue.List(Enumerable.Range(0, 1_025).Select(i => CborValue.Link(Samples.Numbered(i)))))).ToBlock());
        Refuses("9999", Sign(whole.Copy().With("time", CborValue.Int(-5))).ToBlock());
        Refuses("", Block.Create(Cid.Raw, whole.Encode()));
    }

    [Fact]
    public void Nothing_is_issued_that_would_be_refused()
    {
        Assert.Throws<ArgumentException>(() => Receipt.Issue(People.Bob, Announcement, Verdict.Refused, null, [], 0));
        Assert.Throws<ArgumentException>(() => Receipt.Issue(People.Bob, Announcement, Verdict.Refused, "", [], 0));
        Assert.Throws<ArgumentException>(() => Receipt.Issue(People.Bob, Announcement, Verdict.Stored, "why not", [], 0));
        Assert.Throws<ArgumentException>(() => Receipt.Issue(People.Bob, Announcement, Verdict.Refused, "two\nlines", [], 0));
        Assert.Throws<ArgumentException>(() => Receipt.Issue(People.Bob, Announcement, Verdict.Refused, new string('é', 101), [], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Receipt.Issue(People.Bob, Announcement, Verdict.Stored, null, [], -1));
        Read(Receipt.Issue(People.Bob, Announcement, Verdict.Refused, new string('é', 100), [], 0).Block);
    }

    private static CborValue Sign(CborValue fields) => AnnouncementTests.Sign(fields, People.Bob, "defms/1 receipt");

    private static Receipt Read(Block block)
    {
        Assert.True(Receipt.TryRead(block, out Receipt? receipt, out string? error), error);
        return receipt;
    }

    private static void Refuses(string reason, Block block)
    {
        Assert.False(Receipt.TryRead(block, out Receipt? receipt, out string? error), $"should be refused: {reason}");
        Assert.Null(receipt);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}

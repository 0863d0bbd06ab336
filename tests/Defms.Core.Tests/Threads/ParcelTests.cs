using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>What parcels promise beyond their vectors.</summary>
public sealed class ParcelTests
{
    [Fact]
    public void The_same_mail_in_two_parcels_has_nothing_in_common_to_see()
    {
        var mail = new Submission(Samples.Pattern(100_000), "alice@example.org", ["dave@example.net"]);
        SealedParcel one = Parcel.Create(People.Alice, People.Gateway.Did, mail, People.Issued, new SeededRandomSource(1));
        SealedParcel two = Parcel.Create(People.Alice, People.Gateway.Did, mail, People.Issued, new SeededRandomSource(2));
        Assert.NotEqual(one.Cid, two.Cid);
        Assert.Empty(one.Chunks.Select(chunk => chunk.Cid).Intersect(two.Chunks.Select(chunk => chunk.Cid)));
        Assert.False(Parcel.TryOpen(one.Parcel.Block, two.Key, ParcelVectors.ChunksOf(one), out _, out _));
    }

    [Fact]
    public void A_parcel_without_its_chunks_does_not_open()
    {
        SealedParcel parcel = ParcelVectors.Large;
        Assert.False(Parcel.TryOpen(parcel.Parcel.Block, parcel.Key, new MemoryBlockstore(), out _, out string? error));
        Assert.Contains("without 2 of its chunks", error);
    }

    [Fact]
    public void What_no_reader_would_take_is_not_made()
    {
        Assert.Throws<ThreadException>(() => Make(new Submission(Samples.Mail("x"), "alice@example.org", [])));
        Assert.Throws<ThreadException>(() => Make(new Submission(Samples.Mail("x"), "alice@example.org", ["a@b.example\r\nDATA"])));
        Assert.Throws<ThreadException>(() => Make(new Submission(new byte[Parcel.MaxSize + 1], "alice@example.org", ["a@b.example"])));
        Assert.Throws<ThreadException>(() => Make(new SubmissionReport(Samples.Numbered(1), [])));
        Assert.Throws<ThreadException>(() => Make(new DeliveredMail(Samples.Mail("x"), Samples.Origin(Samples.Mail("y")))));
        Assert.Throws<ThreadException>(() => Make(new DeliveredMail(Samples.Mail("x"), Samples.Origin(Samples.Mail("x"))) { Flags = "SF" }));
    }

    [Fact]
    public void A_reply_of_any_form_fits_into_a_report()
    {
        string long_ = "550-" + new string('\u00e9', 2_000) + "\r\n550 end\u0007";
        var fate = new RecipientFate("dave@example.net", FateState.Failed, long_, People.Issued);
        SealedParcel made = Make(new SubmissionReport(Samples.Numbered(1), [fate]));
        Assert.True(Parcel.TryOpen(made.Parcel.Block, made.Key, new MemoryBlockstore(), out Parcel? opened, out string? error), error);
        string reply = ((SubmissionReport)opened.Content).Recipients[0].Reply!;
        Assert.StartsWith("550-\u00e9", reply);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(reply), 900, 1024);
    }

    [Fact]
    public void No_reader_throws_on_changed_parcels() => Property.Holds(3_000, random =>
    {
        (_, _, SealedParcel made) = random.Pick(ParcelVectors.Parcels.ToList());
        Block changed = Block.Create(Cid.DagCbor, random.Mutate(made.Parcel.Block.Span));
        ParcelNode.TryRead(changed, out _, out _);
        Assert.False(Parcel.TryOpen(changed, made.Key, ParcelVectors.ChunksOf(made), out Parcel? opened, out _) && opened.Cid != made.Cid);
        // And what somebody with the key can seal.
        Block forged = ParcelVectors.Around(made, random.Mutate(ParcelVectors.Open(made).Encode()));
        Assert.False(Parcel.TryOpen(forged, made.Key, ParcelVectors.ChunksOf(made), out opened, out _) && opened.Cid != made.Cid);
    });

    [Fact]
    public void A_delivery_says_who_sent_it_and_keeps_every_octet()
    {
        byte[] octets = Samples.Pattern(300_000);
        SealedParcel made = Make(new DeliveredMail(octets, Samples.Origin(octets)) { Flags = "FS" });
        Assert.True(Parcel.TryOpen(made.Parcel.Block, made.Key, ParcelVectors.ChunksOf(made), out Parcel? opened, out string? error), error);
        var mail = (DeliveredMail)opened.Content;
        Assert.Equal(SHA256.HashData(octets), SHA256.HashData(mail.Octets.Span));
        Assert.Equal(("FS", People.Gateway.Did, People.Alice.Did), (mail.Flags, opened.Sender.Identity, opened.Recipient));
    }

    private static SealedParcel Make(ParcelContent content) =>
        Parcel.Create(People.Gateway, People.Alice.Did, content, People.Issued, new SeededRandomSource(5));
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>Parcels that are refused for one thing each, with the key under which they are tried; all that can be signed is signed.</summary>
internal static class RefusedParcels
{
    public static IEnumerable<(string Why, byte[] Key, Block Block)> All() =>
        Deliveries().Concat(SeveralMails()).Concat(Submissions()).Concat(Reports()).Concat(Blocks());

    private static IEnumerable<(string, byte[], Block)> Deliveries()
    {
        SealedParcel like = ParcelVectors.Delivery, large = ParcelVectors.Large;
        CborValue record = ParcelVectors.Open(like), chunked = ParcelVectors.Open(large);
        (string, byte[], Block) Signed(string why, CborValue altered) => (why, like.Key, ParcelVectors.Forge(like, altered, People.Gateway));

        yield return ("signed by another", like.Key, ParcelVectors.Forge(like, record.Copy(), People.Mallory));
        yield return ("signed for another purpose", like.Key, ParcelVectors.Forge(like, record.Copy(), People.Gateway, "defms/1 message"));
        yield return ("another recipient than signed", like.Key, ParcelVectors.Around(like, record.Copy().With("recipient", CborValue.Bytes(People.Bob.Did.Bytes)).Encode()));
        yield return Signed("an unknown type", record.Copy().With("type", CborValue.Text("gift")));
        yield return Signed("a delivery without an origin", record.Copy().Without("origin"));
        yield return Signed("a delivery with an envelope", record.Copy().With("from", CborValue.Text("alice@example.org")).With("to", CborValue.List(CborValue.Text("dave@example.net"))));
        yield return Signed("an origin with another verdict", record.Copy().With("origin", record.Copy()["origin"].With("dkim", CborValue.Text("fail"))));
        yield return Signed("an origin that covers a card unsigned", record.Copy().With("origin", record.Copy()["origin"].With("card", CborValue.Flag(true))));
        yield return Signed("an origin flag that is not set", record.Copy().With("origin", record.Copy()["origin"].With("sent", CborValue.Flag(false))));
        yield return Signed("no octets", record.Copy().Without("octets"));
        yield return Signed("other octets than the digest says", record.Copy().With("octets", CborValue.Bytes(Samples.Mail("supper"))));
        yield return Signed("another size", record.Copy().With("size", CborValue.Int(1)));
        yield return Signed("flags out of order", record.Copy().With("flags", CborValue.Text("SF")));
        yield return Signed("a flag twice", record.Copy().With("flags", CborValue.Text("SS")));
        yield return Signed("an unknown flag", record.Copy().With("flags", CborValue.Text("X")));
        yield return Signed("empty flags", record.Copy().With("flags", CborValue.Text("")));
        yield return Signed("an unknown field", record.Copy().With("note", CborValue.Int(1)));
        yield return Signed("null where nothing should be", record.Copy().With("flags", CborValue.Null));
        yield return Signed("a time after 9999", record.Copy().With("time", CborValue.Int(253_402_300_800_000)));
        yield return ("the record is out of order", like.Key, ParcelVectors.Around(like, record.Copy().Reverse().Encode()));
        yield return ("a byte behind the record", like.Key, ParcelVectors.Around(like, [.. record.Encode(), 0]));
        yield return ("more than 40 MiB", large.Key, ParcelVectors.Forge(large, chunked.Copy().With("size", CborValue.Int(41_943_041)), People.Gateway));
        yield return ("chunks that are not linked", large.Key, ParcelVectors.Forge(large, chunked.Copy(), People.Gateway, body: []));
        yield return ("another body than signed", large.Key, ParcelVectors.Around(large, chunked.Encode(), [Cid.Of(Cid.Raw, "other"u8)]));
    }

    private static IEnumerable<(string, byte[], Block)> SeveralMails()
    {
        SealedParcel like = ParcelVectors.Deliveries;
        CborValue record = ParcelVectors.Open(like), first = record["mails"].Items[0], second = record["mails"].Items[1];
        (string, byte[], Block) Signed(string why, CborValue altered) => (why, like.Key, ParcelVectors.Forge(like, altered, People.Gateway));
        (string, byte[], Block) WithMails(string why, params CborValue[] mails) => Signed(why, record.Copy().With("mails", CborValue.List(mails)));

        yield return WithMails("deliveries of one mail", first);
        yield return WithMails("65 mails", [.. Enumerable.Repeat(first, 65)]);
        yield return WithMails("a mail with other octets than its digest says", first, second.Copy().With("octets", CborValue.Bytes(Samples.Mail("supper"))));
        yield return WithMails("a mail with the origin of another", first, second.Copy().With("origin", first["origin"]));
        yield return WithMails("a mail without an origin", first, second.Copy().Without("origin"));
        yield return WithMails("a mail with empty flags", first, second.Copy().With("flags", CborValue.Text("")));
        yield return WithMails("a mail with more than is inline", first, second.Copy().With("octets", CborValue.Bytes(new byte[65_537])));
        yield return Signed("deliveries with an origin for all", record.Copy().With("origin", first["origin"]));
        yield return Signed("deliveries with octets of their own", record.Copy().With("octets", first["octets"]).With("hash", first["hash"]).With("size", CborValue.Int(1)));
        yield return Signed("mails in a delivery", record.Copy().With("type", CborValue.Text("delivery")));
    }

    private static IEnumerable<(string, byte[], Block)> Submissions()
    {
        SealedParcel like = ParcelVectors.Submission;
        CborValue record = ParcelVectors.Open(like);
        (string, byte[], Block) Signed(string why, CborValue altered) => (why, like.Key, ParcelVectors.Forge(like, altered, People.Alice));
        CborValue Dsn(string key, CborValue value) => record.Copy().With("dsn", record.Copy()["dsn"].With(key, value));

        yield return Signed("a submission without recipients", record.Copy().Without("to"));
        yield return Signed("an empty list of recipients", record.Copy().With("to", CborValue.List()));
        yield return Signed("a recipient twice", record.Copy().With("to", CborValue.List(CborValue.Text("a@b.example"), CborValue.Text("a@b.example"))));
        yield return Signed("a recipient with a line end", record.Copy().With("to", CborValue.List(CborValue.Text("a@b.example>\r\nRCPT TO:<c@d.example"))));
        yield return Signed("1,001 recipients", record.Copy().With("to", CborValue.List(Enumerable.Range(0, 1_001).Select(i => CborValue.Text($"a{i}@b.example")))));
        yield return Signed("the null sender", record.Copy().With("from", CborValue.Text("")));
        yield return Signed("a submission with an origin", record.Copy().With("origin", ParcelVectors.Open(ParcelVectors.Delivery)["origin"]));
        yield return Signed("a submission with flags", record.Copy().With("flags", CborValue.Text("S")));
        yield return Signed("the card of another", record.Copy().With("card", CborValue.Parse(People.BobCard.Encoded.Span)));
        yield return Signed("a RET that is none", Dsn("ret", CborValue.Text("some")));
        yield return Signed("NEVER among others", Dsn("notify", CborValue.List(CborValue.Text("failure"), CborValue.Text("never"))));
        yield return Signed("an ENVID with a control character", Dsn("envid", CborValue.Text("a\u0007")));
        yield return Signed("empty options", record.Copy().With("dsn", CborValue.Map()));
    }

    private static IEnumerable<(string, byte[], Block)> Reports()
    {
        SealedParcel like = ParcelVectors.Report;
        CborValue record = ParcelVectors.Open(like), fate = record["recipients"].Items[0];
        (string, byte[], Block) Signed(string why, CborValue altered) => (why, like.Key, ParcelVectors.Forge(like, altered, People.Gateway));
        (string, byte[], Block) WithFate(string why, params CborValue[] fates) => Signed(why, record.Copy().With("recipients", CborValue.List(fates)));

        yield return WithFate("a report on nobody");
        yield return WithFate("a recipient twice in a report", fate, fate);
        yield return WithFate("an unknown state", fate.Copy().With("state", CborValue.Text("eaten")));
        yield return WithFate("a reply of two lines", fate.Copy().With("reply", CborValue.Text("250-a\r\n250 b")));
        yield return WithFate("an empty reply", fate.Copy().With("reply", CborValue.Text("")));
        yield return WithFate("a reply of more than 1024 bytes", fate.Copy().With("reply", CborValue.Text(new string('a', 1_025))));
        yield return Signed("a report on no submission", record.Copy().Without("submission"));
        yield return Signed("a report on raw bytes", record.Copy().With("submission", CborValue.Link(Cid.Of(Cid.Raw, "chunk"u8))));
        yield return Signed("a report with octets", record.Copy().With("hash", CborValue.Bytes(new byte[32])).With("size", CborValue.Int(0)).With("octets", CborValue.Bytes([])));
        yield return ("a report with a body", like.Key, ParcelVectors.Forge(like, record.Copy(), People.Gateway, body: [Cid.Of(Cid.Raw, "chunk"u8)]));
    }

    private static IEnumerable<(string, byte[], Block)> Blocks()
    {
        SealedParcel like = ParcelVectors.Delivery;
        CborValue block = CborValue.Parse(like.Parcel.Block.Span);
        (string, byte[], Block) Altered(string why, string key, CborValue value) => (why, like.Key, block.Copy().With(key, value).ToBlock());

        yield return Altered("an unknown field in the block", "note", CborValue.Int(1));
        yield return Altered("another version", "v", CborValue.Int(2));
        yield return Altered("the check is of another key", "check", CborValue.Bytes(new byte[32]));
        yield return Altered("another salt", "salt", CborValue.Bytes(new byte[32]));
        yield return Altered("a body that is no raw block", "body", CborValue.List(CborValue.Link(like.Cid)));
        yield return ("sealed as a message", like.Key, block.Copy().With("sealed", CborValue.Bytes(ParcelVectors.ForgerOf(like).Cipher.Seal("defms/message", ParcelVectors.Open(like).Encode()))).ToBlock());
        yield return ("a genesis", ThreadVectors.Private.Key.ToArray(), ThreadVectors.Private.Genesis.Block);
    }
}

using System.Buffers.Text;
using Defms.Core.Blocks;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

/// <summary>Objects that are refused for one thing each; where they can be signed they are.</summary>
internal static class RefusedReplication
{
    private static readonly CborValue Raw = CborValue.Link(Cid.Of(Cid.Raw, "chunk"u8));

    public static IEnumerable<(string Why, byte[] Bytes)> Announcements()
    {
        CborValue whole = ReplicationVectors.Announcement;
        byte[] Signed(string key, CborValue value) => AnnouncementTests.Sign(whole.Copy().With(key, value), People.Alice).Encode();

        yield return ("signed by another", AnnouncementTests.Sign(whole.Copy(), People.Mallory).Encode());
        yield return ("signed for another purpose", AnnouncementTests.Sign(whole.Copy(), People.Alice, "defms/1 receipt").Encode());
        yield return ("for another recipient than signed", whole.Copy().With("recipient", CborValue.Bytes(People.Carol.Did.Bytes)).Encode());
        yield return ("another root than signed", whole.Copy().With("root", CborValue.Link(Samples.Numbered(9))).Encode());
        yield return ("the certificate of another", whole.Copy().With("certificate", AnnouncementTests.Certificate(People.Mallory)).Encode());
        yield return ("a root of raw bytes", Signed("root", Raw));
        yield return ("a thread of raw bytes", Signed("thread", Raw));
        yield return ("an id of 15 bytes", Signed("id", CborValue.Bytes(new byte[15])));
        yield return ("an epoch beyond 1000", Signed("epoch", CborValue.Int(1_001)));
        yield return ("a time before 1970", Signed("time", CborValue.Int(-1)));
        yield return ("a box of more than 4096 bytes", Signed("sealed", CborValue.Bytes(new byte[4_097])));
        yield return ("another version", Signed("v", CborValue.Int(2)));
        yield return ("null instead of a value", Signed("epoch", CborValue.Null));
        yield return ("an unknown field", Signed("note", CborValue.Int(1)));
        yield return ("out of order", whole.Copy().Reverse().Encode());
        yield return ("a byte behind its end", [.. whole.Encode(), 0]);
    }

    public static IEnumerable<(string Why, byte[] Bytes)> Receipts()
    {
        CborValue whole = ReplicationVectors.Receipts.Single(row => row.Name == "refused").Object;
        byte[] Signed(string key, CborValue value) => ReplicationVectors.SignReceipt(whole.Copy().With(key, value), People.Bob).Encode();

        yield return ("signed by another", ReplicationVectors.SignReceipt(whole.Copy(), People.Mallory).Encode());
        yield return ("signed for another purpose", AnnouncementTests.Sign(whole.Copy(), People.Bob).Encode());
        yield return ("another verdict than signed", whole.Copy().With("verdict", CborValue.Text("stored")).Without("reason").Encode());
        yield return ("an unknown verdict", Signed("verdict", CborValue.Text("eaten")));
        yield return ("a reason without a refusal", Signed("verdict", CborValue.Text("held")));
        yield return ("a refusal without a reason", ReplicationVectors.SignReceipt(whole.Copy().Without("reason"), People.Bob).Encode());
        yield return ("an empty reason", Signed("reason", CborValue.Text("")));
        yield return ("a reason of more than 200 bytes", Signed("reason", CborValue.Text(new string('a', 201))));
        yield return ("a reason with control characters", Signed("reason", CborValue.Text("\u001b[2J")));
        yield return ("an empty list of what is missing", Signed("missing", CborValue.List()));
        yield return ("an id of 17 bytes", Signed("announcement", CborValue.Bytes(new byte[17])));
        yield return ("a time after 9999", Signed("time", CborValue.Int(253_402_300_800_000)));
        yield return ("another version", Signed("v", CborValue.Int(2)));
        yield return ("an unknown field", Signed("note", CborValue.Int(1)));
        yield return ("out of order", whole.Copy().Reverse().Encode());
    }

    public static IEnumerable<(string Why, byte[] Bytes)> SyncRequests()
    {
        CborValue whole = CborValue.Parse(ReplicationVectors.SyncRequests[1].Request.Encode());
        yield return ("a flag that is false", whole.Copy().With("full", CborValue.Flag(false)).Encode());
        yield return ("a wait of 0", whole.Copy().With("wait", CborValue.Int(0)).Encode());
        yield return ("a wait above 50", whole.Copy().With("wait", CborValue.Int(51)).Encode());
        yield return ("no device", whole.Copy().Without("device").Encode());
        yield return ("a device of 15 bytes", whole.Copy().With("device", CborValue.Bytes(new byte[15])).Encode());
        yield return ("a cursor of 23 bytes", whole.Copy().With("cursor", CborValue.Bytes(new byte[23])).Encode());
        yield return ("a negative row", whole.Copy().With("cursor", CborValue.Bytes([.. new byte[16], 0xff, .. new byte[7]])).Encode());
        yield return ("null where nothing should be", whole.Copy().With("cursor", CborValue.Null).Encode());
        yield return ("an unknown field", whole.Copy().With("note", CborValue.Int(1)).Encode());
        yield return ("out of order", whole.Copy().Reverse().Encode());
    }

    public static IEnumerable<(string Why, byte[] Bytes)> SyncHeads()
    {
        CborValue whole = CborValue.Parse(ReplicationVectors.SyncHeads[1].Head.ToBlock().Span);
        yield return ("a flag that is false", whole.Copy().With("more", CborValue.Flag(false)).Encode());
        yield return ("an item of raw bytes", whole.Copy().With("items", CborValue.List(Raw)).Encode());
        yield return ("257 items", whole.Copy().With("items", CborValue.List(Enumerable.Range(0, 257).Select(i => CborValue.Link(Samples.Numbered(i))))).Encode());
        yield return ("an empty list of roots", whole.Copy().With("roots", CborValue.List()).Encode());
        yield return ("a root that is no pair", whole.Copy().With("roots", CborValue.List(CborValue.List(CborValue.Link(Samples.Numbered(1))))).Encode());
        yield return ("no cursor", whole.Copy().Without("cursor").Encode());
        yield return ("another version", whole.Copy().With("v", CborValue.Int(2)).Encode());
        yield return ("an unknown field", whole.Copy().With("note", CborValue.Int(1)).Encode());
        yield return ("out of order", whole.Copy().Reverse().Encode());
    }

    public static IEnumerable<(string Why, byte[] Bytes)> WantLists()
    {
        CborValue whole = CborValue.Parse(ReplicationVectors.Wants.Encode());
        yield return ("1,025 blocks", whole.Copy().With("want", CborValue.List(Enumerable.Range(0, 1_025).Select(i => CborValue.Link(Samples.Numbered(i))))).Encode());
        yield return ("a thread of raw bytes", whole.Copy().With("thread", Raw).Encode());
        yield return ("no thread", whole.Copy().Without("thread").Encode());
        yield return ("an unknown field", whole.Copy().With("note", CborValue.Int(1)).Encode());
        yield return ("out of order", whole.Copy().Reverse().Encode());
        yield return ("a byte behind its end", [.. whole.Encode(), 0]);
    }

    public static IEnumerable<(string Why, string Header)> Headers()
    {
        string right = ReplicationVectors.Header;
        CborValue whole = CborValue.Parse(Base64Url.DecodeFromChars(right));
        string With(string key, CborValue value) => Base64Url.EncodeToString(whole.Copy().With(key, value).Encode());

        yield return ("padding", right + "=");
        yield return ("white space", right + " ");
        yield return ("too long", right + new string('A', 1_024));
        yield return ("to another", With("to", CborValue.Bytes(People.Carol.Did.Bytes)));
        yield return ("another time", With("time", CborValue.Int(People.Issued + 1)));
        yield return ("another nonce", With("nonce", CborValue.Bytes(new byte[16])));
        yield return ("the certificate of another", With("certificate", AnnouncementTests.Certificate(People.Mallory)));
        yield return ("an unknown field", With("note", CborValue.Int(1)));
        yield return ("out of order", Base64Url.EncodeToString(whole.Copy().Reverse().Encode()));
    }
}

using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>Objects that are refused for one thing each; whatever else could be right is right, signatures included.</summary>
internal static class RefusedObjects
{
    private static readonly byte[] Octets = Samples.Mail("lunch");
    private static readonly byte[] Large = Samples.Pattern(70_000);

    /// <summary>With the key of <see cref="ThreadVectors.Private"/>.</summary>
    public static IEnumerable<(string Why, Block Block)> Geneses()
    {
        Forger forger = new(ThreadVectors.Private);
        CborValue record = forger.Open("defms/genesis", ThreadVectors.Private.Genesis.Block);
        CborValue block = CborValue.Parse(ThreadVectors.Private.Genesis.Block.Span);
        CborValue parties = record["parties"];
        Block Signed(string key, CborValue value) => forger.Genesis(record.Copy().With(key, value), People.Alice);

        yield return ("the creator did not sign", forger.Genesis(record.Copy(), People.Bob));
        yield return ("the creator is no party", forger.Genesis(record.Copy().With("creator", CborValue.Bytes(People.Mallory.Did.Bytes)), People.Mallory));
        yield return ("parties out of order", Signed("parties", parties.Copy().Reverse()));
        yield return ("a party twice", Signed("parties", CborValue.List(parties.Items[0], parties.Items[0], parties.Items[1])));
        yield return ("no parties", Signed("parties", CborValue.List()));
        yield return ("one party with a profile", Signed("parties", CborValue.List(CborValue.Parse(People.AliceCard.Encoded.Span))));
        yield return ("a party's card was altered", Signed("parties", Altered(parties.Copy())));
        yield return ("created before 1970", Signed("created", CborValue.Int(-1)));
        yield return ("branchOf names raw bytes", Signed("branchOf", CborValue.Link(Cid.Of(Cid.Raw, "chunk"u8))));
        yield return ("null where nothing should be", Signed("branchOf", CborValue.Null));
        yield return ("an unknown field in the record", Signed("note", CborValue.Int(1)));
        yield return ("the record is out of order", forger.Genesis(record.Copy().Reverse(), People.Alice));
        yield return ("an unknown field in the block", block.Copy().With("note", CborValue.Int(1)).ToBlock());
        yield return ("the block is out of order", block.Copy().Reverse().ToBlock());
        yield return ("another version", block.Copy().With("v", CborValue.Int(2)).ToBlock());
        yield return ("the check is of another key", block.Copy().With("check", CborValue.Bytes(new byte[32])).ToBlock());
        yield return ("another salt", block.Copy().With("salt", CborValue.Bytes(new byte[32])).ToBlock());
        yield return ("published by another than the creator", block.Copy().With("key", CborValue.Bytes(ThreadVectors.Private.Key)).ToBlock());
        yield return ("another key in clear", forger.Genesis(record.Copy(), People.Alice, isPublic: true, shownKey: new byte[32]));
    }

    /// <summary>For <see cref="ThreadVectors.Private"/>.</summary>
    public static IEnumerable<(string Why, Block Block)> Messages()
    {
        Forger forger = new(ThreadVectors.Private);
        CborValue inline = Forger.Inline(People.Alice, Octets), chunked = Forger.Chunked(People.Alice, Large, 70_000);
        Cid chunk = forger.Chunks(Large, 70_000)[0].Cid;
        Block Signed(CborValue record, params IReadOnlyList<Cid> body) => forger.Message(forger.Sign(record, body, People.Alice), body);
        byte[] right = forger.Sign(inline.Copy(), [], People.Alice).Encode();
        byte[] padded = Padded(right);

        yield return ("by somebody who is no party", forger.Message(forger.Sign(Forger.Inline(People.Mallory, Octets), [], People.Mallory)));
        yield return ("signed by another party", forger.Message(forger.Sign(inline.Copy(), [], People.Bob)));
        using Identity later = People.Person(0xa1, epoch: 1);
        yield return ("signed by its author's key of another epoch", forger.Message(forger.Sign(inline.Copy(), [], later)));
        yield return ("signed for another thread", forger.Message(forger.Sign(inline.Copy(), [], People.Alice, ThreadVectors.Public.Id)));
        yield return ("signed for another purpose", forger.Message(forger.Sign(inline.Copy(), [], People.Alice, label: "defms/1 parcel")));
        yield return ("names another thread", ThreadVectors.Public.Seal(People.Alice, Octets, People.Issued).Message.Block);
        yield return ("another nonce", forger.Node(forger.SealLoosely("defms/message", padded, new byte[24])).ToBlock());
        yield return ("more padding", forger.Node(forger.SealLoosely("defms/message", [.. padded, 0])).ToBlock());
        yield return ("sealed as a body", forger.Node(forger.Cipher.Seal("defms/body", right)).ToBlock());
        yield return ("altered octets", forger.Message(CborValue.Parse(right).With("octets", CborValue.Bytes(Samples.Mail("nooon")))));
        yield return ("the digest is of other octets", Signed(inline.Copy().With("hash", CborValue.Bytes(new byte[32]))));
        yield return ("the size is wrong", Signed(inline.Copy().With("size", CborValue.Int(Octets.Length + 1))));
        yield return ("too large to be inline", Signed(Forger.Inline(People.Alice, Samples.Pattern(65_537))));
        yield return ("too small for chunks", Signed(Forger.Chunked(People.Alice, Samples.Pattern(65_536), 65_536), chunk));
        yield return ("inline with a body", Signed(inline.Copy(), chunk));
        yield return ("neither octets nor chunks", Signed(inline.Copy().Without("octets")));
        yield return ("octets and chunks", Signed(inline.Copy().With("chunks", CborValue.List(CborValue.Int(Octets.Length))), chunk));
        yield return ("more chunks than links", Signed(Forger.Chunked(People.Alice, Large, 35_000, 35_000), chunk));
        yield return ("chunks that do not make the size", Signed(chunked.Copy().With("size", CborValue.Int(70_001)), chunk));
        yield return ("an empty chunk", Signed(Forger.Chunked(People.Alice, Large, 70_000, 0), chunk, chunk));
        yield return ("a chunk above 256 KiB", Signed(Forger.Chunked(People.Alice, Samples.Pattern(262_145), 262_145), chunk));
        yield return ("a body that is no raw block", Signed(chunked.Copy(), Samples.MadeUp(chunk.Digest)));
        yield return ("re-chunked without its author", forger.Message(forger.Sign(chunked.Copy(), [chunk], People.Alice), Cid.Of(Cid.Raw, "other"u8)));
        yield return ("a time after 9999", Signed(inline.Copy().With("time", CborValue.Int(253_402_300_800_000))));
        yield return ("null where nothing should be", Signed(inline.Copy().With("time", CborValue.Null)));
        yield return ("an unknown field in the record", Signed(inline.Copy().With("note", CborValue.Int(1))));
        yield return ("the record is out of order", forger.Message(CborValue.Parse(right).Reverse().Encode()));
        yield return ("a byte behind the record", forger.Message([.. right, 0]));
        yield return ("an origin of other octets", Signed(inline.Copy().With("origin", Origin(forger, Samples.Mail("supper")))));
        yield return ("an origin with another verdict", Signed(inline.Copy().With("origin", Origin(forger, Octets).With("spf", CborValue.Text("fail")))));
        yield return ("an unknown field in the block", CborValue.Parse(forger.Message(right).Span).With("note", CborValue.Int(1)).ToBlock());
        yield return ("another version", CborValue.Parse(forger.Message(right).Span).With("v", CborValue.Int(2)).ToBlock());
        yield return ("a genesis", ThreadVectors.Private.Genesis.Block);
    }

    /// <summary>As roots of <see cref="ThreadVectors.Private"/>.</summary>
    public static IEnumerable<(string Why, Block Block)> Roots()
    {
        Cid[] two = [.. new[] { Samples.Numbered(1), Samples.Numbered(2) }.Order()];
        CborValue leaf = Node(("count", CborValue.Int(2)), ("messages", CborValue.List(two.Select(CborValue.Link))));
        CborValue Shards(long count, params IEnumerable<(int Digit, Cid Node)> shards) => Node(
            ("count", CborValue.Int(count)), ("shards", CborValue.List(shards.Select(shard => CborValue.List(CborValue.Int(shard.Digit), CborValue.Link(shard.Node))))));

        yield return ("of another thread", leaf.Copy().With("genesis", CborValue.Link(ThreadVectors.Public.Id)).ToBlock());
        yield return ("no top node", leaf.Copy().Without("v").Without("kind").Without("genesis").ToBlock());
        yield return ("messages out of order", leaf.Copy().With("messages", CborValue.List(two.Reverse().Select(CborValue.Link))).ToBlock());
        yield return ("a message twice", leaf.Copy().With("messages", CborValue.List(CborValue.Link(two[0]), CborValue.Link(two[0]))).ToBlock());
        yield return ("a count that is wrong", leaf.Copy().With("count", CborValue.Int(3)).ToBlock());
        yield return ("1,025 messages in one node", Node(("count", CborValue.Int(1_025)), ("messages", CborValue.List(Enumerable.Range(0, 1_025).Select(Samples.Numbered).Order().Select(CborValue.Link)))).ToBlock());
        yield return ("a message that is raw bytes", Node(("count", CborValue.Int(1)), ("messages", CborValue.List(CborValue.Link(Cid.Of(Cid.Raw, "chunk"u8))))).ToBlock());
        yield return ("shards for 1,024 messages", Shards(1_024, (1, two[0])).ToBlock());
        yield return ("no shards", Shards(2_000).ToBlock());
        yield return ("shards out of order", Shards(2_000, (2, two[0]), (1, two[1])).ToBlock());
        yield return ("a shard twice", Shards(2_000, (1, two[0]), (1, two[1])).ToBlock());
        yield return ("a shard beyond a byte", Shards(2_000, (256, two[0])).ToBlock());
        yield return ("more messages than can be counted", Shards(1L << 31, (1, two[0])).ToBlock());
        yield return ("messages and shards", Shards(2_000, (1, two[0])).With("messages", CborValue.List()).ToBlock());
        yield return ("an unknown field", leaf.Copy().With("note", CborValue.Int(1)).ToBlock());
        yield return ("another version", leaf.Copy().With("v", CborValue.Int(2)).ToBlock());
    }

    private static CborValue Node(params IEnumerable<(string, CborValue)> fields) => CborValue.Map(fields)
        .With("v", CborValue.Int(1)).With("kind", CborValue.Text("defms/thread")).With("genesis", CborValue.Link(ThreadVectors.Private.Id));

    private static CborValue Altered(CborValue parties)
    {
        parties.Items[1]["profile"]["name"] = CborValue.Text("Mallory");
        return parties;
    }

    private static CborValue Origin(Forger forger, byte[] octets) =>
        forger.Record(ThreadVectors.Private.Seal(People.Alice, octets, null, Samples.Origin(octets)).Message.Block)["origin"];

    private static byte[] Padded(byte[] plaintext)
    {
        byte[] content = [(byte)(plaintext.Length & 0x7f | 0x80), (byte)(plaintext.Length >> 7), .. plaintext];
        return [.. content, .. new byte[Sealed.Padme(content.Length) - content.Length]];
    }
}

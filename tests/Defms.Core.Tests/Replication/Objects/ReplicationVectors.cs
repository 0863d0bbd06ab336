using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

/// <summary>
/// What tests/vectors/replication is made of. A sealed box is random by libsodium, so the two boxes stand in boxes.json, made once; the
/// objects around them are put together by hand.
/// </summary>
internal static class ReplicationVectors
{
    private const string Boxes = "boxes.json";

    public static VectorFolder Folder { get; } = new("replication");

    public static VectorFolder Refused { get; } = new("replication/refused");

    public static Card LaterBobCard { get; } = People.CardOf(People.Person(0xb0, epoch: 1), "Bob");

    public static CborValue Announcement { get; } = AnnouncementTests.Sign(
        CborValue.Map(
            ("v", CborValue.Int(1)),
            ("id", CborValue.Bytes(new SeededRandomSource(21).Bytes(16))),
            ("kind", CborValue.Text("defms/announcement")),
            ("root", CborValue.Link(Samples.Numbered(2))),
            ("time", CborValue.Int(People.Issued)),
            ("epoch", CborValue.Int(0)),
            ("sealed", CborValue.Bytes(Box("announcement"))),
            ("thread", CborValue.Link(ThreadVectors.Private.Id)),
            ("recipient", CborValue.Bytes(People.Bob.Did.Bytes)),
            ("certificate", AnnouncementTests.Certificate(People.Alice))),
        People.Alice);

    /// <summary>What is sealed inside the announcement.</summary>
    public static byte[] Opening => CborValue.Map(
        ("key", CborValue.Bytes(ThreadVectors.Private.Key)), ("card", CborValue.Parse(People.AliceCard.Encoded.Span))).Encode();

    public static IReadOnlyList<(string Name, CborValue Object)> Receipts { get; } =
    [
        ("stored", Receipt(People.Bob, "stored")),
        ("held by a host", Receipt(People.Carol, "held")),
        ("quarantined", Receipt(People.Bob, "quarantined")),
        ("refused", Receipt(People.Bob, "refused", ("reason", CborValue.Text("The certificate is of an old epoch.")))),
        ("stored, with what is missing", Receipt(People.Bob, "stored", ("missing", CborValue.List(CborValue.Link(Samples.Numbered(3)), CborValue.Link(Cid.Of(Cid.Raw, "chunk"u8)))))),
        ("stored, with a newer card", Receipt(People.Person(0xb0, epoch: 1), "stored", ("card", CborValue.Bytes(Box("receipt"))))),
    ];

    public static IReadOnlyList<(string Name, SyncRequest Request)> SyncRequests { get; } =
    [
        ("the first", new SyncRequest { Device = Device }),
        ("a later one that waits", new SyncRequest { Device = Device, Cursor = Cursor, WaitSeconds = 50 }),
        ("full", new SyncRequest { Device = Device, Cursor = Cursor, Full = true }),
    ];

    public static IReadOnlyList<(string Name, SyncHead Head)> SyncHeads { get; } =
    [
        ("nothing new", new SyncHead { Cursor = Cursor, Items = [] }),
        ("two items and more", new SyncHead { Cursor = Cursor, Items = [Announcement.ToBlock().Cid, Receipts[0].Object.ToBlock().Cid], HasMore = true }),
        ("roots", new SyncHead { Cursor = Cursor, Items = [], Roots = [(ThreadVectors.Private.Id, Samples.Numbered(2)), (ThreadVectors.Public.Id, Samples.Numbered(4))] }),
    ];

    public static WantList Wants { get; } = new(ThreadVectors.Private.Id, [Samples.Numbered(3), Cid.Of(Cid.Raw, "chunk"u8)]);

    /// <summary>The signed request that carries the want list from Bob to Alice.</summary>
    public static string Header { get; } =
        SignedRequest.Sign(People.Bob, People.Alice.Did, "POST", "/defms/v1/blocks", Wants.Encode(), People.Issued, new SeededRandomSource(22));

    private static byte[] Device => new SeededRandomSource(23).Bytes(SyncRequest.DeviceLength);

    private static SyncCursor Cursor => new(new SeededRandomSource(24).Bytes(SyncCursor.EpochLength), 258);

    public static CborValue SignReceipt(CborValue fields, Identity signer) => AnnouncementTests.Sign(fields, signer, "defms/1 receipt");

    private static CborValue Receipt(Identity signer, string verdict, params (string Key, CborValue Value)[] more)
    {
        CborValue fields = CborValue.Map(
            ("v", CborValue.Int(1)),
            ("kind", CborValue.Text("defms/receipt")),
            ("time", CborValue.Int(People.Issued + 1_000)),
            ("sender", CborValue.Bytes(People.Alice.Did.Bytes)),
            ("verdict", CborValue.Text(verdict)),
            ("recipient", CborValue.Bytes(People.Bob.Did.Bytes)),
            ("certificate", AnnouncementTests.Certificate(signer)),
            ("announcement", Announcement["id"]));
        foreach ((string key, CborValue value) in more)
            fields[key] = value;
        return SignReceipt(fields, signer);
    }

    private static byte[] Box(string name)
    {
        if (!File.Exists(Path.Combine(Folder.Path, Boxes)))
            MakeBoxes();
        return Folder.Json(Boxes).Bytes(name);
    }

    /// <summary>Fails like any other missing vector where vectors are not being written.</summary>
    private static void MakeBoxes() => Folder.Freeze(Boxes, new JsonObject
    {
        ["about"] = "Boxes made once by libsodium's crypto_box_seal: for Bob's key of epoch 0 with key and card, for Alice's with Bob's card of epoch 1. Bytes are hex.",
        ["announcement"] = Convert.ToHexStringLower(SealingKeyPair.Seal(People.Bob.Certificate.Sealing, Opening)),
        ["receipt"] = Convert.ToHexStringLower(SealingKeyPair.Seal(People.Alice.Certificate.Sealing, LaterBobCard.Encoded.Span)),
    });
}

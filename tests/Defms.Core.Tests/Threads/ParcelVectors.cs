using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>What tests/vectors/parcels is made of: parcels between Alice and the gateway with fixed keys, and the means to forge others.</summary>
internal static class ParcelVectors
{
    public const string Mail = "From: dave@example.net\r\nTo: alice@example.org\r\nSubject: lunch\r\n\r\nAt noon?\r\n";

    public static VectorFolder Folder { get; } = new("parcels");

    public static VectorFolder Refused { get; } = new("parcels/refused");

    public static IReadOnlyList<(string Name, JsonObject? Octets, SealedParcel Sealed)> Parcels { get; } = [.. Make()];

    public static SealedParcel Delivery => Named("a delivery");

    public static SealedParcel Deliveries => Named("deliveries");

    public static SealedParcel Submission => Named("a submission with everything");

    public static SealedParcel Report => Named("a report");

    public static SealedParcel Large => Named("a delivery in chunks");

    public static SealedParcel Named(string name) => Parcels.Single(row => row.Name == name).Sealed;

    public static byte[] SaltOf(Block parcel) => CborValue.Parse(parcel.Span)["salt"].Content;

    /// <summary>What is sealed in a parcel.</summary>
    public static CborValue Open(SealedParcel parcel) => ForgerOf(parcel).Open("defms/parcel", parcel.Parcel.Block);

    public static Forger ForgerOf(SealedParcel parcel) => new(parcel.Key, SaltOf(parcel.Parcel.Block));

    /// <summary>The record signed by hand and sealed under the key of <paramref name="like"/>.</summary>
    public static Block Forge(SealedParcel like, CborValue record, Identity signer, string label = "defms/1 parcel", IReadOnlyList<Cid>? body = null)
    {
        Forger forger = ForgerOf(like);
        body ??= [.. like.Chunks.Select(chunk => chunk.Cid)];
        record.Without("signature");
        CborValue statement = CborValue.List(
            CborValue.Text(label), CborValue.Bytes(SaltOf(like.Parcel.Block)), CborValue.Bytes(forger.Cipher.Check), record,
            CborValue.List(body.Select(CborValue.Link)));
        record.With("signature", CborValue.Bytes(signer.Sign(statement.Encode())));
        return Around(like, record.Encode(), body);
    }

    public static Block Around(SealedParcel like, byte[] plaintext, IReadOnlyList<Cid>? body = null) =>
        CborValue.Parse(like.Parcel.Block.Span)
            .With("body", CborValue.List((body ?? [.. like.Chunks.Select(chunk => chunk.Cid)]).Select(CborValue.Link)))
            .With("sealed", CborValue.Bytes(ForgerOf(like).Cipher.Seal("defms/parcel", plaintext)))
            .ToBlock();

    public static IBlockSource ChunksOf(SealedParcel parcel)
    {
        var store = new MemoryBlockstore();
        store.Put(parcel.Chunks);
        return store;
    }

    private static IEnumerable<(string, JsonObject?, SealedParcel)> Make()
    {
        JsonObject small = Texts(Mail), large = Texts(Mail, new string('a', 70) + "\r\n", 1_000);
        Did alice = People.Alice.Did, gateway = People.Gateway.Did;
        yield return ("a delivery", small, Seal(31, People.Gateway, alice, Delivered(small)));
        yield return ("a delivery from an account, with flags", small, Seal(32, People.Gateway, alice, Delivered(small, isSent: true) with { Flags = "FS" }));
        yield return ("a delivery whose card is covered", small, Seal(33, People.Gateway, alice, Delivered(small, coversCard: true)));
        yield return ("a delivery in chunks", large, Seal(34, People.Gateway, alice, Delivered(large)));
        yield return ("deliveries", null, Seal(38, People.Gateway, alice, new DeliveredMails(
            [Delivered(small), Delivered(Texts(Mail.Replace("lunch", "dinner", StringComparison.Ordinal)), isSent: true) with { Flags = "S" }])));
        yield return ("a submission", small, Seal(35, People.Alice, gateway, new Submission(OctetsOf(small), "alice@example.org", ["dave@example.net"])));
        SealedParcel submission = Seal(36, People.Alice, gateway, new Submission(OctetsOf(small), "alice@example.org", ["dave@example.net", "erin@example.net"])
        {
            Card = People.AliceCard,
            Dsn = new DsnOptions { Return = "hdrs", EnvelopeId = "abc-1", Notify = ["delay", "failure"] },
        });
        yield return ("a submission with everything", small, submission);
        yield return ("a report", null, Seal(37, People.Gateway, alice, new SubmissionReport(submission.Cid,
        [
            new RecipientFate("dave@example.net", FateState.Smtp, "250 2.0.0 Ok: queued as 4F2A", People.Issued + 1000),
            new RecipientFate("erin@example.net", FateState.Failed, "550 5.1.1 no such user", People.Issued + 2000),
            new RecipientFate("frank@example.net", FateState.Queued, null, People.Issued + 3000),
        ])));
    }

    private static DeliveredMail Delivered(JsonObject row, bool coversCard = false, bool isSent = false)
    {
        byte[] octets = OctetsOf(row);
        var origin = Origin.Issue(
            People.Gateway, SHA256.HashData(octets), "dave@example.net", ["alice@example.org"], "mx.example.net [192.0.2.25]",
            People.Issued + 5, "pass", "pass", "none", coversCard, isSent);
        return new DeliveredMail(octets, origin);
    }

    private static byte[] OctetsOf(JsonObject row) => ThreadVectors.OctetsOf(row);

    private static SealedParcel Seal(int seed, Identity sender, Did recipient, ParcelContent content) =>
        Parcel.Create(sender, recipient, content, People.Issued + 10, new SeededRandomSource(seed));

    private static JsonObject Texts(string before, string line = "", int times = 0) =>
        new() { ["before"] = before, ["line"] = line, ["times"] = times, ["after"] = "" };
}

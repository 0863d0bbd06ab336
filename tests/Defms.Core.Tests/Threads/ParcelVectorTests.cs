using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Tests.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>tests/vectors/parcels, which reference.py beside them computes a second time from docs/formats.</summary>
public sealed class ParcelVectorTests
{
    [Fact]
    public void Parcels_are_made_as_in_the_vector() => ParcelVectors.Folder.Freeze("parcels.json", new JsonObject
    {
        ["about"] = "docs/formats/parcel.md. Persons are those of threads/people.json. Octets are the UTF-8 of before, line so many times, after; chunks are named by CID and made again from them.",
        ["parcels"] = new JsonArray([.. ParcelVectors.Parcels.Select(row => Row(row.Name, row.Octets, row.Sealed.Parcel, row.Sealed))]),
    });

    [Fact]
    public void Each_parcel_of_the_vector_opens_and_says_what_the_vector_says()
    {
        foreach (JsonNode? row in ParcelVectors.Folder.Json("parcels.json")["parcels"]!.AsArray())
        {
            (string name, JsonObject? octets, SealedParcel made) = ParcelVectors.Parcels.Single(parcel => parcel.Name == row!.Text("name"));
            var block = Block.Create(Cid.DagCbor, ParcelVectors.Folder.Object(row!.Text("cid")));
            Assert.True(Parcel.TryOpen(block, row!.Bytes("key"), ParcelVectors.ChunksOf(made), out Parcel? parcel, out string? error), error);
            Assert.Equal(row!.ToJsonString(), Row(name, octets, parcel, made).ToJsonString());
            if (octets is not null)
                Assert.Equal(ThreadVectors.OctetsOf(octets), OctetsOf(parcel));
        }
    }

    [Fact]
    public void Nothing_in_the_folder_of_refused_parcels_is_taken()
    {
        ParcelVectors.Refused.Freeze("parcels.json", new JsonObject
        {
            ["about"] = "None of these is a parcel under the key beside it. The words of \"error\" are this program's own.",
            ["refused"] = new JsonArray([.. RefusedParcels.All().Select(row => new JsonObject
            {
                ["cid"] = ParcelVectors.Refused.Freeze(row.Block.Span),
                ["key"] = Hex(row.Key),
                ["why"] = row.Why,
                ["error"] = WhyNot(row.Block, row.Key) ?? throw new InvalidOperationException($"Is taken: {row.Why}"),
            })]),
        });
        JsonArray listed = ParcelVectors.Refused.Json("parcels.json")["refused"]!.AsArray();
        foreach (JsonNode? row in listed)
            Assert.NotNull(WhyNot(Block.Create(Cid.DagCbor, ParcelVectors.Refused.Object(row!.Text("cid"))), row!.Bytes("key")));
        Assert.Equal(listed.Count, ParcelVectors.Refused.Objects().Count());
    }

    [Fact]
    public void No_object_of_the_vectors_is_left_over()
    {
        string json = File.ReadAllText(Path.Combine(ParcelVectors.Folder.Path, "parcels.json"));
        Assert.All(ParcelVectors.Folder.Objects(), row => Assert.Contains(row.Cid, json, StringComparison.Ordinal));
    }

    private static string? WhyNot(Block block, byte[] key) =>
        Parcel.TryOpen(block, key, ParcelVectors.ChunksOf(ParcelVectors.Large), out _, out string? error) ? null : error;

    private static ReadOnlyMemory<byte> OctetsOf(Parcel parcel) => parcel.Content switch
    {
        DeliveredMail mail => mail.Octets,
        Submission mail => mail.Octets,
        _ => default,
    };

    private static JsonObject Row(string name, JsonObject? octets, Parcel parcel, SealedParcel made)
    {
        var row = new JsonObject
        {
            ["name"] = name,
            ["cid"] = ParcelVectors.Folder.Freeze(parcel.Block.Span),
            ["key"] = Hex(made.Key),
            ["salt"] = Hex(ParcelVectors.SaltOf(parcel.Block)),
            ["sender"] = parcel.Sender.Identity.ToString(),
            ["recipient"] = parcel.Recipient.ToString(),
            ["time"] = parcel.Time,
            ["type"] = parcel.Type.ToString().ToLowerInvariant(),
            ["octets"] = octets?.DeepClone(),
            ["chunks"] = List(made.Chunks.Select(chunk => chunk.Cid.ToString())),
        };
        foreach ((string key, JsonNode? value) in Contents(parcel.Content))
            row[key] = value;
        return row;
    }

    private static IEnumerable<(string, JsonNode?)> Contents(ParcelContent content) => content switch
    {
        DeliveredMail mail => [("flags", mail.Flags), ("origin", Row(mail.Origin))],
        DeliveredMails several =>
        [
            ("mails", new JsonArray([.. several.Mails.Select(mail => new JsonObject
            {
                ["octets"] = System.Text.Encoding.UTF8.GetString(mail.Octets.Span), ["flags"] = mail.Flags, ["origin"] = Row(mail.Origin),
            })])),
        ],
        Submission mail =>
        [
            ("from", mail.From), ("to", List(mail.To)), ("card", mail.Card is { } card ? ParcelVectors.Folder.Freeze(card.Encoded.Span) : null),
            ("dsn", mail.Dsn is { } dsn ? new JsonObject { ["ret"] = dsn.Return, ["envid"] = dsn.EnvelopeId, ["notify"] = List(dsn.Notify) } : null),
        ],
        SubmissionReport report =>
        [
            ("submission", report.Submission.ToString()),
            ("recipients", new JsonArray([.. report.Recipients.Select(fate => new JsonObject
            {
                ["time"] = fate.Time, ["reply"] = fate.Reply, ["state"] = fate.State.ToString().ToLowerInvariant(), ["address"] = fate.Address,
            })])),
        ],
        _ => [],
    };

    private static JsonObject Row(Origin origin) => new()
    {
        ["gateway"] = origin.Gateway.Identity.ToString(),
        ["from"] = origin.From,
        ["to"] = List(origin.To),
        ["host"] = origin.Host,
        ["time"] = origin.Time,
        ["spf"] = origin.Spf,
        ["dkim"] = origin.Dkim,
        ["dmarc"] = origin.Dmarc,
        ["card"] = origin.CoversCard,
        ["sent"] = origin.IsSent,
    };

    private static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}

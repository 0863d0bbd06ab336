using System.Text.Json.Nodes;
using Defms.Core.Replication.Hosting;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

/// <summary>tests/vectors/hosting: bodies of hosting requests and their answers.</summary>
public sealed class HostingVectorTests
{
    private static readonly VectorFolder Folder = new("hosting");

    private static readonly VectorFolder Refused = new("hosting/refused");

    private static readonly byte[] Token = new SeededRandomSource(31).Bytes(InvitationToken.Length);

    private static readonly byte[][] Ids = [new SeededRandomSource(32).Bytes(16), new SeededRandomSource(33).Bytes(16)];

    private static readonly (string Name, HostingRequest Request)[] Requests =
    [
        ("how things stand", new HostingRequest()),
        ("an invitation", new HostingRequest { Token = Token }),
        ("leaving", new HostingRequest { Leaves = true }),
        ("snapshots", new HostingRequest { Snapshots = Ids }),
    ];

    private static readonly (string Name, HostingAnswer Answer)[] Answers =
    [
        ("an agreement", new HostingAnswer(HostingTerms.Default, new HeldSum(0, 0))),
        ("a replica", new HostingAnswer(new HostingTerms(5_000_000_000, 365, Keeps: true), new HeldSum(123_456, 7))),
    ];

    [Fact]
    public void Requests_and_answers_are_encoded_as_in_the_vector()
    {
        var json = new JsonObject
        {
            ["about"] = "docs/formats/requests.md, \"Hosting\": bodies of requests and answers; the token as text and its digest.",
            ["token"] = InvitationToken.ToText(Token),
            ["hash"] = Convert.ToHexStringLower(InvitationToken.HashOf(Token)),
            ["requests"] = new JsonArray([.. Requests.Select(row => new JsonObject
            {
                ["name"] = row.Name,
                ["object"] = Folder.Freeze(row.Request.Encode()),
                ["token"] = row.Request.Token is { } token ? Convert.ToHexStringLower(token) : null,
                ["leave"] = row.Request.Leaves,
                ["keep"] = new JsonArray([.. (row.Request.Snapshots ?? []).Select(id => (JsonNode)Convert.ToHexStringLower(id))]),
            })]),
            ["answers"] = new JsonArray([.. Answers.Select(row => new JsonObject
            {
                ["name"] = row.Name,
                ["object"] = Folder.Freeze(row.Answer.Encode()),
                ["quota"] = row.Answer.Terms.Quota,
                ["days"] = row.Answer.Terms.Days,
                ["keep"] = row.Answer.Terms.Keeps,
                ["used"] = row.Answer.Sum.Bytes,
                ["items"] = row.Answer.Sum.Items,
            })]),
        };
        Folder.Freeze("hosting.json", json);
    }

    [Fact]
    public void Requests_and_answers_of_the_vector_are_read_back()
    {
        JsonNode json = Folder.Json("hosting.json");
        Assert.Equal(Requests.Length + Answers.Length, json["requests"]!.AsArray().Count + json["answers"]!.AsArray().Count);
        foreach (JsonNode? row in json["requests"]!.AsArray())
        {
            byte[] bytes = Folder.Object(row!.Text("object"));
            Assert.True(HostingRequest.TryDecode(bytes, out HostingRequest? request, out string? error), error);
            Assert.Equal(bytes, request.Encode());
        }
        foreach (JsonNode? row in json["answers"]!.AsArray())
        {
            byte[] bytes = Folder.Object(row!.Text("object"));
            Assert.True(HostingAnswer.TryDecode(bytes, out HostingAnswer? answer, out string? error), error);
            Assert.Equal(bytes, answer.Encode());
        }
        Assert.True(InvitationToken.TryParse(json.Text("token"), out byte[] token));
        Assert.Equal(Token, token);
    }

    [Fact]
    public void Nothing_that_no_host_can_mean_is_taken()
    {
        CborValue Answer(string key, CborValue value)
        {
            CborValue fields = CborValue.Map(
                ("v", CborValue.Int(1)), ("days", CborValue.Int(30)), ("kind", CborValue.Text("defms/hosting")),
                ("used", CborValue.Int(0)), ("items", CborValue.Int(0)), ("quota", CborValue.Int(1)));
            fields[key] = value;
            return fields;
        }
        (string Why, byte[] Bytes)[] requests =
        [
            ("a token of 15 bytes", CborValue.Map(("token", CborValue.Bytes(new byte[15]))).Encode()),
            ("a flag that is false", CborValue.Map(("leave", CborValue.Flag(false))).Encode()),
            ("an empty list", CborValue.Map(("keep", CborValue.List())).Encode()),
            ("65 ids", CborValue.Map(("keep", CborValue.List([.. Enumerable.Range(0, 65).Select(_ => CborValue.Bytes(new byte[16]))]))).Encode()),
            ("an unknown field", CborValue.Map(("card", CborValue.Bytes(new byte[16]))).Encode()),
        ];
        (string Why, byte[] Bytes)[] answers =
        [
            ("no quota", Answer("quota", CborValue.Int(0)).Encode()),
            ("a quota above 2^50", Answer("quota", CborValue.Int((1L << 50) + 1)).Encode()),
            ("no days", Answer("days", CborValue.Int(0)).Encode()),
            ("less than nothing used", Answer("used", CborValue.Int(-1)).Encode()),
            ("another kind", Answer("kind", CborValue.Text("defms/sync")).Encode()),
            ("a flag that is false", Answer("keep", CborValue.Flag(false)).Encode()),
        ];
        Freeze("requests.json", requests, bytes => HostingRequest.TryDecode(bytes, out _, out string? error) ? null : error);
        Freeze("answers.json", answers, bytes => HostingAnswer.TryDecode(bytes, out _, out string? error) ? null : error);
    }

    private static void Freeze(string file, (string Why, byte[] Bytes)[] refused, Func<byte[], string?> error) => Refused.Freeze(file, new JsonObject
    {
        ["about"] = "What each object is refused for. The words of \"error\" are this program's own.",
        ["refused"] = new JsonArray([.. refused.Select(row => new JsonObject
        {
            ["cid"] = Refused.Freeze(row.Bytes),
            ["why"] = row.Why,
            ["error"] = error(row.Bytes) ?? throw new InvalidOperationException($"Is taken: {row.Why}"),
        })]),
    });
}

using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Tests.Threads;

namespace Defms.Core.Tests.Replication.Objects;

/// <summary>tests/vectors/replication; persons and threads are those of tests/vectors/threads. reference.py beside them computes them a second time.</summary>
public sealed class ReplicationVectorTests
{
    private static VectorFolder Folder => ReplicationVectors.Folder;

    [Fact]
    public void The_announcement_of_the_vector_verifies_and_opens()
    {
        Assert.True(Announcement.TryRead(ReplicationVectors.Announcement.ToBlock(), out Announcement? read, out string? error), error);
        Assert.True(read.TryOpen(People.Bob, out byte[] key, out Card? card));
        Folder.Freeze("announcement.json", About("docs/formats/announcement.md. Made from the box in boxes.json, which Bob opens.", "announcements", new JsonObject
        {
            ["cid"] = Folder.Freeze(read.Block.Span),
            ["id"] = Hex(read.Id),
            ["thread"] = read.Thread.ToString(),
            ["root"] = read.Root.ToString(),
            ["recipient"] = read.Recipient.ToString(),
            ["epoch"] = read.RecipientEpoch,
            ["sender"] = read.Sender.Identity.ToString(),
            ["time"] = read.Time,
            ["key"] = Hex(key),
            ["card"] = Folder.Freeze(card.Encoded.Span),
        }));
    }

    [Fact]
    public void The_receipts_of_the_vector_verify() => Folder.Freeze("receipts.json", About(
        "docs/formats/receipt.md: answers to the announcement in announcement.json.", "receipts", [.. ReplicationVectors.Receipts.Select(row => Row(row.Name, row.Object.ToBlock()))]));

    [Fact]
    public void Receipts_without_a_box_are_issued_as_in_the_vector()
    {
        Assert.True(Announcement.TryRead(ReplicationVectors.Announcement.ToBlock(), out Announcement? announcement, out _));
        foreach (JsonNode? row in Folder.Json("receipts.json")["receipts"]!.AsArray())
        {
            Assert.True(Receipt.TryRead(Block.Create(Cid.DagCbor, Folder.Object(row!.Text("cid"))), out Receipt? read, out string? error), error);
            if (row!["card"] is not null)
                continue;
            Identity signer = read.Signer.Identity == People.Bob.Did ? People.Bob : People.Carol;
            Assert.Equal(read.Block.Cid, Receipt.Issue(signer, announcement, read.Verdict, read.Reason, read.Missing, read.Time).Block.Cid);
        }
    }

    [Fact]
    public void The_signed_request_of_the_vector_verifies()
    {
        byte[] body = ReplicationVectors.Wants.Encode();
        Assert.True(SignedRequest.TryVerify(ReplicationVectors.Header, "POST", "/defms/v1/blocks", body, out SignedRequest? request, out string? error), error);
        Folder.Freeze("requests.json", About("docs/formats/requests.md: a want list and the header field that Bob sends with it to Alice.", "requests", new JsonObject
        {
            ["method"] = "POST",
            ["path"] = "/defms/v1/blocks",
            ["body"] = Folder.Freeze(body),
            ["from"] = request.From.Identity.ToString(),
            ["to"] = request.To.ToString(),
            ["time"] = request.Time,
            ["nonce"] = Hex(request.Nonce),
            ["header"] = ReplicationVectors.Header,
        }));
    }

    [Fact]
    public void Sync_objects_and_want_list_are_encoded_as_in_the_vector()
    {
        JsonObject sync = About("docs/formats/requests.md: bodies of sync requests, first blocks of their answers, a want list.", "requests", [.. ReplicationVectors.SyncRequests.Select(row => new JsonObject
        {
            ["name"] = row.Name,
            ["object"] = Folder.Freeze(row.Request.Encode()),
            ["device"] = Hex(row.Request.Device),
            ["cursor"] = row.Request.Cursor is { } cursor ? Hex(cursor.Encode()) : null,
            ["wait"] = row.Request.WaitSeconds,
            ["full"] = row.Request.Full,
        })]);
        sync["heads"] = new JsonArray([.. ReplicationVectors.SyncHeads.Select(row => new JsonObject
        {
            ["name"] = row.Name,
            ["cid"] = Folder.Freeze(row.Head.ToBlock().Span),
            ["cursor"] = Hex(row.Head.Cursor.Encode()),
            ["items"] = List(row.Head.Items),
            ["more"] = row.Head.HasMore,
            ["roots"] = new JsonArray([.. row.Head.Roots.Select(root => List([root.Thread, root.Root]))]),
        })]);
        sync["wants"] = new JsonArray(new JsonObject
        {
            ["object"] = Folder.Freeze(ReplicationVectors.Wants.Encode()),
            ["thread"] = ReplicationVectors.Wants.Thread.ToString(),
            ["want"] = List(ReplicationVectors.Wants.Blocks),
        });
        Folder.Freeze("sync.json", sync);
    }

    [Fact]
    public void Sync_objects_of_the_vector_are_read_back()
    {
        JsonNode sync = Folder.Json("sync.json");
        foreach (JsonNode? row in sync["requests"]!.AsArray())
        {
            Assert.True(SyncRequest.TryDecode(Folder.Object(row!.Text("object")), out SyncRequest? request, out string? error), error);
            Assert.Equal(Folder.Object(row!.Text("object")), request.Encode());
            Assert.Equal(row!.Number("wait"), request.WaitSeconds);
        }
        foreach (JsonNode? row in sync["heads"]!.AsArray())
        {
            Assert.True(SyncHead.TryRead(Block.Create(Cid.DagCbor, Folder.Object(row!.Text("cid"))), out SyncHead? head, out string? error), error);
            Assert.Equal(row!.Text("cid"), head.ToBlock().Cid.ToString());
            Assert.Equal(row!["items"]!.AsArray().Count, head.Items.Count);
        }
        Assert.True(WantList.TryDecode(Folder.Object(sync["wants"]![0]!.Text("object")), out WantList? wants, out _));
        Assert.Equal(sync["wants"]![0]!.Text("thread"), wants.Thread.ToString());
    }

    [Fact]
    public void Nothing_in_the_folder_of_refused_objects_is_taken()
    {
        Freeze("announcements.json", RefusedReplication.Announcements(), bytes => Announcement.TryRead(Block.Create(Cid.DagCbor, bytes), out _, out string? error) ? null : error);
        Freeze("receipts.json", RefusedReplication.Receipts(), bytes => Receipt.TryRead(Block.Create(Cid.DagCbor, bytes), out _, out string? error) ? null : error);
        Freeze("sync-requests.json", RefusedReplication.SyncRequests(), bytes => SyncRequest.TryDecode(bytes, out _, out string? error) ? null : error);
        Freeze("sync-heads.json", RefusedReplication.SyncHeads(), bytes => SyncHead.TryRead(Block.Create(Cid.DagCbor, bytes), out _, out string? error) ? null : error);
        Freeze("want-lists.json", RefusedReplication.WantLists(), bytes => WantList.TryDecode(bytes, out _, out string? error) ? null : error);

        string[] named = [.. Directory.EnumerateFiles(ReplicationVectors.Refused.Path, "*.json").Select(File.ReadAllText)];
        Assert.All(ReplicationVectors.Refused.Objects(), row => Assert.Contains(named, json => json.Contains(row.Cid, StringComparison.Ordinal)));
    }

    [Fact]
    public void Headers_of_the_refused_requests_do_not_verify()
    {
        byte[] body = ReplicationVectors.Wants.Encode();
        var rows = new JsonArray();
        foreach ((string why, string header) in RefusedReplication.Headers())
        {
            Assert.False(SignedRequest.TryVerify(header, "POST", "/defms/v1/blocks", body, out _, out string? error), why);
            rows.Add(new JsonObject { ["header"] = header, ["why"] = why, ["error"] = error });
        }
        ReplicationVectors.Refused.Freeze("headers.json", new JsonObject { ["about"] = "Instead of the header in requests.json, with the same request.", ["refused"] = rows });
    }

    private static void Freeze(string file, IEnumerable<(string Why, byte[] Bytes)> refused, Func<byte[], string?> why)
    {
        JsonObject[] rows = [.. refused.Select(row => new JsonObject
        {
            ["cid"] = ReplicationVectors.Refused.Freeze(row.Bytes),
            ["why"] = row.Why,
            ["error"] = why(row.Bytes) ?? throw new InvalidOperationException($"Is taken: {row.Why}"),
        })];
        ReplicationVectors.Refused.Freeze(file, About("What each object is refused for. The words of \"error\" are this program's own.", "refused", rows));
        Assert.All(ReplicationVectors.Refused.Json(file)["refused"]!.AsArray(), row => Assert.NotNull(why(ReplicationVectors.Refused.Object(row!.Text("cid")))));
    }

    private static JsonObject Row(string name, Block block)
    {
        Assert.True(Receipt.TryRead(block, out Receipt? receipt, out string? error), error);
        return new JsonObject
        {
            ["name"] = name,
            ["cid"] = Folder.Freeze(block.Span),
            ["announcement"] = Hex(receipt.Announcement),
            ["sender"] = receipt.Sender.ToString(),
            ["recipient"] = receipt.Recipient.ToString(),
            ["signer"] = receipt.Signer.Identity.ToString(),
            ["signerEpoch"] = receipt.Signer.Epoch,
            ["verdict"] = receipt.Verdict.ToString().ToLowerInvariant(),
            ["reason"] = receipt.Reason,
            ["missing"] = List(receipt.Missing),
            ["time"] = receipt.Time,
            ["card"] = receipt.TryOpenCard(People.Alice, out Card? card) ? Folder.Freeze(card.Encoded.Span) : null,
        };
    }

    private static JsonObject About(string about, string list, params JsonObject[] rows) => new() { ["about"] = about, [list] = new JsonArray([.. rows]) };

    private static JsonArray List(IEnumerable<Cid> names) => [.. names.Select(name => (JsonNode)name.ToString())];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}

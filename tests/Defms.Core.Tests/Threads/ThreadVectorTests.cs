using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Tests.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>tests/vectors/threads, which reference.py beside them computes a second time from docs/formats.</summary>
public sealed class ThreadVectorTests
{
    [Fact]
    public void Persons_are_as_in_the_vector() => ThreadVectors.Folder.Freeze("people.json", About(
        "Who is in the other files: the recovery seed is one byte 32 times; epoch 0. Bytes are hex, objects are named by their CID.",
        "people",
        ThreadVectors.Persons.Select(person => new JsonObject
        {
            ["name"] = person.Name,
            ["seedByte"] = Hex([person.Seed]),
            ["did"] = person.Identity.Did.ToString(),
            ["card"] = ThreadVectors.Folder.Freeze(person.Card.Encoded.Span),
        })));

    [Fact]
    public void Geneses_are_made_as_in_the_vector() => ThreadVectors.Folder.Freeze("genesis.json", About(
        "docs/formats/genesis.md. All by Alice; parties are cards by CID, in order.", "geneses", ThreadVectors.Threads.Select(row => Row(row.Name, row.Thread))));

    [Fact]
    public void Each_genesis_of_the_vector_opens_and_says_what_the_vector_says()
    {
        foreach (JsonNode? row in ThreadVectors.Folder.Json("genesis.json")["geneses"]!.AsArray())
        {
            Block block = Object(row!.Text("cid"));
            Assert.True(Thread.TryOpen(block, row!.Bytes("key"), out Thread? thread, out string? error), error);
            using (thread)
                Assert.Equal(row!.ToJsonString(), Row(row!.Text("name"), thread).ToJsonString());
            Assert.Equal(row!["public"]!.GetValue<bool>() ? row!.Text("key") : "", Hex(Genesis.PublicKeyOf(block)));
        }
    }

    [Fact]
    public void Messages_are_sealed_as_in_the_vector() => ThreadVectors.Folder.Freeze("messages.json", About(
        "docs/formats/message.md. Octets are the UTF-8 of before, line so many times, after. Chunks are raw blocks of which the CID stands here; they are sealed octets.",
        "messages",
        ThreadVectors.Messages.Select(row => Row(row.Name, row.Sealed.Message, row.Octets))));

    [Fact]
    public void Each_message_of_the_vector_opens_and_says_what_the_vector_says()
    {
        foreach (JsonNode? row in ThreadVectors.Folder.Json("messages.json")["messages"]!.AsArray())
        {
            (_, Thread thread, SealedMessage made, _) = ThreadVectors.Messages.Single(message => message.Name == row!.Text("name"));
            Assert.True(thread.TryOpen(Object(row!.Text("cid")), out Message? message, out string? refusal), refusal);
            Assert.Equal(row!.ToJsonString(), Row(row!.Text("name"), message, row!["octets"]!.DeepClone().AsObject()).ToJsonString());

            var store = new MemoryBlockstore();
            store.Put(made.Chunks);
            Assert.Equal(ThreadVectors.OctetsOf(row!["octets"]!), thread.ReadOctets(message, store).Octets);
        }
    }

    [Fact]
    public void Roots_are_as_in_the_vector()
    {
        RootChange small = ThreadRoot.Build(ThreadVectors.Private.Id, PrivateMessages());
        RootChange sharded = ThreadRoot.Build(ThreadVectors.Private.Id, ThreadVectors.ShardedSet());
        JsonObject roots = About(
            "docs/formats/root.md, all of the private thread. In 'counted' message i, from 0, is the made-up CID (version 1, dag-cbor, sha2-256) with the digest SHA-256 of i in decimal.",
            "counted",
            new[] { 0, 1, 2, 1_023, 1_024, 1_025, 20_000, 100_000 }.Select(count => new JsonObject
            {
                ["count"] = count,
                ["root"] = ThreadRoot.Build(ThreadVectors.Private.Id, Enumerable.Range(0, count).Select(Samples.Numbered)).Root.ToString(),
            }));
        roots["small"] = Row("The messages of messages.json that are in the private thread.", small);
        roots["sharded"] = Row(
            "1,100 made-up messages as above, with the first byte of digest i replaced by 07 for i < 1030, else 08 for i < 1060, else ff; and where it is 07, the second byte by i mod 2.", sharded);
        ThreadVectors.Folder.Freeze("roots.json", roots);
    }

    [Fact]
    public void The_trees_of_the_vector_are_read_from_their_objects()
    {
        JsonNode vector = ThreadVectors.Folder.Json("roots.json");
        foreach ((string name, IEnumerable<Cid> set) in new[] { ("small", PrivateMessages()), ("sharded", ThreadVectors.ShardedSet()) })
        {
            Assert.True(Cid.TryParse(vector[name]!.Text("root"), out Cid root));
            var walk = new RootWalk(ThreadVectors.Private.Id, root, _ => false);
            while (walk.Wanted.Count > 0)
                Assert.True(walk.Feed(Object(walk.Wanted.First().ToString())));
            Assert.Equal(set.Order(), walk.Missing.Order());
        }
    }

    [Fact]
    public void Nothing_in_the_folder_of_refused_objects_is_taken()
    {
        Freeze("genesis.json", "With the key of the private thread none of these opens.", RefusedObjects.Geneses(), WhyNoGenesis);
        Freeze("messages.json", "None of these is a message of the private thread. All that can be signed is signed by its author.", RefusedObjects.Messages(), WhyNoMessage);
        Freeze("roots.json", "None of these is a root of the private thread.", RefusedObjects.Roots(), WhyNoRoot);

        int listed = 0;
        foreach ((string file, Func<Block, string?> why) in new (string, Func<Block, string?>)[] { ("genesis.json", WhyNoGenesis), ("messages.json", WhyNoMessage), ("roots.json", WhyNoRoot) })
        {
            foreach (JsonNode? row in ThreadVectors.Refused.Json(file)["refused"]!.AsArray())
            {
                byte[] bytes = ThreadVectors.Refused.Object(row!.Text("cid"));
                Assert.NotNull(why(Block.Create(Cid.DagCbor, bytes)));
                listed++;
            }
        }
        Assert.Equal(listed, ThreadVectors.Refused.Objects().Count());
    }

    [Fact]
    public void No_object_of_the_vectors_is_left_over()
    {
        string[] named = [.. Directory.EnumerateFiles(ThreadVectors.Folder.Path, "*.json").Select(File.ReadAllText)];
        foreach ((string cid, byte[] bytes) in ThreadVectors.Folder.Objects())
        {
            Assert.Equal(cid, Cid.Of(Cid.DagCbor, bytes).ToString());
            Assert.Contains(named, json => json.Contains(cid, StringComparison.Ordinal));
        }
    }

    private static string? WhyNoGenesis(Block block) => Thread.TryOpen(block, ThreadVectors.Private.Key, out _, out string? error) ? null : error;

    private static string? WhyNoMessage(Block block) => ThreadVectors.Private.TryOpen(block, out _, out string? refusal) ? null : refusal;

    private static string? WhyNoRoot(Block block)
    {
        var walk = new RootWalk(ThreadVectors.Private.Id, block.Cid, _ => false);
        if (walk.Feed(block))
            return null;
        return RootNode.TryRead(block, out _, out string? error) ? "is no root of this thread" : error;
    }

    private static void Freeze(string file, string about, IEnumerable<(string Why, Block Block)> refused, Func<Block, string?> why) =>
        ThreadVectors.Refused.Freeze(file, About($"{about} The words of \"error\" are this program's own.", "refused", refused.Select(row => new JsonObject
        {
            ["cid"] = ThreadVectors.Refused.Freeze(row.Block.Span),
            ["why"] = row.Why,
            ["error"] = why(row.Block) ?? throw new InvalidOperationException($"Is taken: {row.Why}"),
        })));

    private static IEnumerable<Cid> PrivateMessages() =>
        ThreadVectors.Messages.Where(row => row.Thread == ThreadVectors.Private).Select(row => row.Sealed.Message.Cid);

    private static Block Object(string cid) => Block.Create(Cid.DagCbor, ThreadVectors.Folder.Object(cid));

    private static JsonObject Row(string name, Thread thread) => new()
    {
        ["name"] = name,
        ["cid"] = ThreadVectors.Folder.Freeze(thread.Genesis.Block.Span),
        ["key"] = Hex(thread.Key),
        ["salt"] = Hex(CborValue.Parse(thread.Genesis.Block.Span)["salt"].Content),
        ["public"] = thread.Genesis.IsPublic,
        ["creator"] = thread.Genesis.Creator.ToString(),
        ["parties"] = List(thread.Genesis.Parties.Select(card => ThreadVectors.Folder.Freeze(card.Encoded.Span))),
        ["created"] = thread.Genesis.Created,
        ["branchOf"] = thread.Genesis.BranchOf?.ToString(),
    };

    private static JsonObject Row(string name, Message message, JsonObject octets) => new()
    {
        ["name"] = name,
        ["cid"] = ThreadVectors.Folder.Freeze(message.Block.Span),
        ["thread"] = message.Thread.ToString(),
        ["author"] = message.Author.ToString(),
        ["time"] = message.Time,
        ["size"] = message.Size,
        ["hash"] = Hex(message.Hash),
        ["octets"] = octets.DeepClone(),
        ["chunks"] = new JsonArray([.. message.ChunkLengths.Zip(message.Body, (length, cid) => new JsonObject { ["length"] = length, ["cid"] = cid.ToString() })]),
        ["origin"] = message.Origin is { } origin ? Row(origin) : null,
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
    };

    private static JsonObject Row(string set, RootChange change) => new()
    {
        ["set"] = set,
        ["count"] = change.Count,
        ["root"] = change.Root.ToString(),
        ["nodes"] = List(change.Blocks.Select(block => ThreadVectors.Folder.Freeze(block.Span))),
    };

    private static JsonObject About(string about, string list, IEnumerable<JsonObject> rows) => new() { ["about"] = about, [list] = new JsonArray([.. rows]) };

    private static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}

using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

/// <summary>tests/vectors/identities, which reference.py beside them computes a second time from docs/formats.</summary>
public sealed class IdentityVectorTests
{
    private static readonly VectorFolder Folder = new("identities");
    private static readonly VectorFolder RefusedFolder = new("identities/refused");

    [Fact]
    public void Keys_and_certificates_grow_from_a_seed_as_in_the_vector()
    {
        JsonArray seeds = [.. new[] { Seeds.Counting, Seeds.Ones, Seeds.Hashed }.Select(Derivation)];
        Folder.Freeze("derivation.json", About("From a recovery seed to its code, identity and epochs: docs/formats/recovery-code.md. Bytes are hex; a certificate's object is named by its CID.", "seeds", seeds));
    }

    [Fact]
    public void Cards_are_issued_as_in_the_vector_and_each_later_one_is_newer()
    {
        List<Card> cards = Cards();
        JsonArray rows = [.. cards.Select(Row)];
        Folder.Freeze("cards.json", About("Cards of the seed 00 01 … 1f, docs/formats/card.md: each takes the place of those before it.", "cards", rows));

        for (int i = 1; i < cards.Count; i++)
            Assert.True(cards[i].IsNewerThan(cards[i - 1]) && !cards[i - 1].IsNewerThan(cards[i]), $"card {i}");
    }

    [Fact]
    public void Every_card_of_the_vector_is_read_as_the_vector_says()
    {
        foreach (JsonNode? row in Folder.Json("cards.json")["cards"]!.AsArray())
        {
            byte[] bytes = Folder.Object(row!.Text("cid"));
            Assert.True(Card.TryDecode(bytes, out Card? card, out string? error), error);
            Assert.True(Card.TryParse(row!.Text("text"), out Card? parsed, out error), error);

            Assert.Equal(card, parsed);
            Assert.Equal(bytes, card.Encoded);
            Assert.Equal(row!.ToJsonString(), Row(card).ToJsonString());
        }
    }

    [Fact]
    public void Nothing_in_the_folder_of_refused_cards_is_a_card()
    {
        var reasons = new JsonArray();
        foreach ((string why, byte[] bytes) in RefusedCards.All(Seeds.Counting))
        {
            Assert.False(Card.TryDecode(bytes, out Card? card, out string? error), why);
            Assert.Null(card);
            reasons.Add(new JsonObject { ["cid"] = RefusedFolder.Freeze(bytes), ["why"] = why, ["error"] = error });
        }
        RefusedFolder.Freeze("cards.json", About("What each object in this folder is refused for. The words of \"error\" are this program's own.", "refused", reasons));
        Assert.Equal(reasons.Count, reasons.Select(row => row!.Text("cid")).Distinct().Count());
        foreach ((string cid, byte[] bytes) in RefusedFolder.Objects())
        {
            Assert.Equal(cid, Cid.Of(Cid.DagCbor, bytes).ToString());
            Assert.False(Card.TryDecode(bytes, out _, out _), cid);
        }
    }

    [Fact]
    public void The_recipe_that_the_refused_cards_change_is_a_card_when_nothing_is_changed()
    {
        Assert.True(Card.TryDecode(new CardRecipe(Seeds.Counting).Build(), out Card? card, out string? error), error);
        Assert.Equal(Cards()[2], card);
    }

    [Fact]
    public void Endpoint_urls_are_taken_and_refused_as_in_the_vector()
    {
        JsonArray normal = [.. EndpointTests.AsWritten.Select(pair => new JsonObject { ["written"] = pair.Written, ["carried"] = pair.Carried })];
        JsonObject urls = About("The text of an endpoint on a card. A person may write other forms; a card may not carry them.", "canonical", List(EndpointTests.Canonical));
        urls["written"] = normal;
        urls["refused"] = List(RefusedText.Urls);
        Folder.Freeze("urls.json", urls);
    }

    [Fact]
    public void Texts_are_refused_as_in_the_vector()
    {
        JsonObject texts = About("What a card cannot carry: characters in a name, whole addresses, IPFS addresses.", "characters", List(RefusedText.HiddenCharacters));
        texts["addresses"] = List(RefusedText.Addresses);
        texts["ipfs"] = List(RefusedText.Multiaddresses);
        RefusedFolder.Freeze("texts.json", texts);
        foreach ((string why, byte[] bytes) in RefusedCards.AllTexts(Seeds.Counting))
            Assert.False(Card.TryDecode(bytes, out _, out _), why);
    }

    [Fact]
    public void The_identity_file_is_packed_and_unpacked_as_in_the_vector()
    {
        using Identity identity = Seeds.Identity(Seeds.Counting, 2);
        byte[] clear = IdentityVault.Pack(identity, null, new SeededRandomSource(1));
        byte[] locked = IdentityVault.Pack(identity, "Grüße, correct horse", new SeededRandomSource(2), new PassphraseCost(2, 1 << 20));
        JsonArray files =
        [
            new JsonObject { ["cid"] = Folder.Freeze(clear) },
            new JsonObject { ["cid"] = Folder.Freeze(locked), ["passphrase"] = "Grüße, correct horse", ["passes"] = 2, ["memory"] = 1 << 20 },
        ];
        Folder.Freeze("identity-files.json", About("Epochs 0 to 2 of the seed 00 01 … 1f, docs/formats/identity-file.md.", "files", files));

        foreach (JsonNode? file in Folder.Json("identity-files.json")["files"]!.AsArray())
        {
            Assert.True(IdentityVault.TryUnpack(Folder.Object(file!.Text("cid")), (string?)file!["passphrase"], out Identity? found, out string? error), error);
            using (found)
                Assert.Equal(identity.Export(), found.Export());
        }
    }

    private static JsonObject Derivation(byte[] bytes)
    {
        using RecoverySeed seed = RecoverySeed.From(bytes);
        var epochs = new JsonArray();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            using EpochKeys keys = seed.Derive(epoch);
            epochs.Add(Epoch(keys));
        }
        return new JsonObject { ["seed"] = Hex(bytes), ["code"] = seed.ToCode(), ["did"] = seed.Identity.ToString(), ["epochs"] = epochs };
    }

    private static JsonObject Epoch(EpochKeys keys)
    {
        DagCborWriter writer = new();
        keys.Certificate.Write(writer);
        byte[] certificate = writer.ToArray();
        return new JsonObject
        {
            ["epoch"] = keys.Certificate.Epoch,
            ["signingSeed"] = Hex(keys.Signing),
            ["signing"] = Hex(keys.Certificate.Signing),
            ["sealingSecret"] = Hex(keys.Sealing),
            ["sealing"] = Hex(keys.Certificate.Sealing),
            ["filing"] = Hex(keys.Filing),
            ["certificate"] = Hex(certificate),
            ["certificateCid"] = Folder.Freeze(certificate),
        };
    }

    /// <summary>In rising order: bare, two of the same seq (the larger CID last), a higher seq, a higher epoch although bare, and a full one.</summary>
    private static List<Card> Cards()
    {
        using Identity first = Seeds.Identity(Seeds.Counting);
        using Identity second = Seeds.Identity(Seeds.Counting, 1);
        Profile plain = new() { Name = "Alice", Addresses = ["alice@example.org"], Issued = 1_700_000_000_000 };
        List<Card> tie = [first.IssueCard(plain), first.IssueCard(plain with { Name = "Alice A." })];
        tie.Sort();
        Profile full = new()
        {
            Name = "Алиса 👩‍💻 می‌خواهم",
            Addresses = ["alice@example.org", "o'neil+lists@xn--bcher-kva.example", "ålice@exämple.org"],
            Endpoints =
            [
                new Endpoint(new Uri("https://mail.example.org:8443/alice"), second.Did),
                new Endpoint(new Uri("http://[2001:db8::1]:4080"), Did.From(Seeds.Ones)),
            ],
            Ipfs = ["/dns4/node.example.org/tcp/4001"],
            Seq = int.MaxValue,
            Issued = Profile.MaxIssued,
        };
        return [Card.Bare(first.Certificate), .. tie, first.IssueCard(plain with { Seq = 1 }), Card.Bare(second.Certificate), second.IssueCard(new Profile()), second.IssueCard(full)];
    }

    private static JsonObject Row(Card card) => new()
    {
        ["cid"] = Folder.Freeze(card.Encoded.Span),
        ["epoch"] = card.Epoch,
        ["profile"] = card.Profile is { } profile ? Row(profile) : null,
        ["text"] = card.ToString(),
    };

    private static JsonObject Row(Profile profile) => new()
    {
        ["seq"] = profile.Seq,
        ["ipfs"] = List(profile.Ipfs),
        ["name"] = profile.Name,
        ["issued"] = profile.Issued,
        ["addresses"] = List(profile.Addresses),
        ["endpoints"] = new JsonArray([.. profile.Endpoints.Select(endpoint => new JsonObject { ["url"] = endpoint.Text, ["identity"] = endpoint.Identity.ToString() })]),
    };

    private static JsonObject About(string about, string list, JsonArray rows) => new() { ["about"] = about, [list] = rows };

    private static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}

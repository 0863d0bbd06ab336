using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>What tests/vectors/threads is made of: persons, threads and messages with fixed keys.</summary>
internal static class ThreadVectors
{
    private const string Line = "VGhlIHNhbWUgYXR0YWNobWVudCBpbiBvbmUgdGhyZWFkIGlzIHN0b3JlZCBvbmNlLg==\r\n";

    public static VectorFolder Folder { get; } = new("threads");

    public static VectorFolder Refused { get; } = new("threads/refused");

    public static IReadOnlyList<(string Name, byte Seed, Identity Identity, Card Card)> Persons { get; } =
    [
        ("Alice", 0xa1, People.Alice, People.AliceCard), ("Bob", 0xb0, People.Bob, People.BobCard), ("Carol", 0xca, People.Carol, People.CarolCard),
        ("Gateway", 0x6a, People.Gateway, Card.Bare(People.Gateway.Certificate)), ("Mallory", 0x66, People.Mallory, Card.Bare(People.Mallory.Certificate)),
    ];

    public static Thread Private { get; } = Make(11, [People.AliceCard, People.BobCard], new GenesisOptions { Created = People.Issued });

    public static Thread Branch { get; } =
        Make(12, [People.AliceCard, People.CarolCard, People.BobCard], new GenesisOptions { Created = People.Issued + 1, BranchOf = Private.Id });

    public static Thread Filed { get; } = Make(13, [People.AliceCard], default);

    public static Thread Public { get; } = Make(14, [People.AliceCard, People.BobCard], new GenesisOptions { Created = People.Issued, IsPublic = true });

    public static IReadOnlyList<(string Name, Thread Thread)> Threads { get; } =
        [("private", Private), ("branch", Branch), ("filed", Filed), ("public", Public)];

    public static IReadOnlyList<(string Name, Thread Thread, SealedMessage Sealed, JsonObject Octets)> Messages { get; } =
    [
        Sealed("inline", Private, People.Alice, Texts("Subject: lunch\r\n\r\nAt noon?\r\n"), People.Issued),
        Sealed("empty, without a time", Private, People.Bob, Texts(""), null),
        Sealed("not ASCII, bare line ends", Private, People.Bob, Texts("Subject: Grüße\n\nGrüße\n"), People.Issued + 60_000),
        Sealed("the largest inline", Private, People.Alice, Texts("X: ", "a", 65_533), People.Issued),
        Sealed("the smallest in a chunk", Private, People.Alice, Texts("X: ", "a", 65_534), People.Issued),
        Sealed("an attachment", Private, People.Bob, WithAttachment("See below."), People.Issued),
        Sealed("the same attachment again", Private, People.Alice, WithAttachment("Thank you, here it is again."), People.Issued),
        Sealed("brought by a gateway", Filed, People.Alice, Texts("From: dave@example.net\r\n\r\nHello\r\n"), People.Issued + 5, withOrigin: true),
        Sealed("in public", Public, People.Bob, Texts("Subject: news\r\n\r\nNone.\r\n"), People.Issued),
    ];

    public static byte[] KeyOf(int seed) => new SeededRandomSource(seed).Bytes(ThreadKey.Length);

    public static Forger Forger(Thread thread) => new(thread);

    /// <summary>The octets that a row describes: before, a line so many times, after.</summary>
    public static byte[] OctetsOf(JsonNode row)
    {
        string repeated = string.Concat(Enumerable.Repeat(row.Text("line"), row.Number("times")));
        return Encoding.UTF8.GetBytes(row.Text("before") + repeated + row.Text("after"));
    }

    /// <summary>Messages for a tree of three levels: 1,030 below 07, in 07 00 and 07 01, 30 below 08 and 40 below ff.</summary>
    public static IEnumerable<Cid> ShardedSet() => Enumerable.Range(0, 1_100).Select(i =>
    {
        byte[] digest = SHA256.HashData(Encoding.ASCII.GetBytes(i.ToString()));
        digest[0] = (byte)(i < 1_030 ? 7 : i < 1_060 ? 8 : 255);
        digest[1] = i < 1_030 ? (byte)(i % 2) : digest[1];
        return Samples.MadeUp(digest);
    });

    private static JsonObject Texts(string before, string line = "", int times = 0, string after = "") =>
        new() { ["before"] = before, ["line"] = line, ["times"] = times, ["after"] = after };

    private static JsonObject WithAttachment(string text) => Texts(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\n" + text
        + "\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n", Line, 4_000, "\r\n--b--\r\n");

    private static (string, Thread, SealedMessage, JsonObject) Sealed(
        string name, Thread thread, Identity author, JsonObject octets, long? time, bool withOrigin = false)
    {
        byte[] bytes = OctetsOf(octets);
        return (name, thread, thread.Seal(author, bytes, time, withOrigin ? Samples.Origin(bytes) : null), octets);
    }

    private static Thread Make(int seed, IEnumerable<Card> parties, GenesisOptions options) => Thread.Create(
        People.Alice, parties, options, new ThreadKey(KeyOf(seed)), SHA256.HashData(Encoding.ASCII.GetBytes($"salt {seed}")));
}

using System.Security.Cryptography;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>Threads, octets and names that several tests use.</summary>
internal static class Samples
{
    public static Thread Thread(int seed = 1, params IReadOnlyList<Card> parties) => Core.Threads.Thread.Create(
        People.Alice, parties.Count > 0 ? parties : [People.AliceCard, People.BobCard], new GenesisOptions { Created = People.Issued }, new SeededRandomSource(seed));

    public static byte[] Mail(string text) =>
        Encoding.UTF8.GetBytes($"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: {text}\r\n\r\n{text}\r\n");

    /// <summary>Octets that are no MIME to speak of, byte i made from i.</summary>
    public static byte[] Pattern(int length)
    {
        byte[] octets = new byte[length];
        for (int i = 0; i < length; i++)
            octets[i] = (byte)(i * 31 % 251);
        return octets;
    }

    public static Origin Origin(byte[] octets, Identity? gateway = null) => Core.Threads.Origin.Issue(
        gateway ?? People.Gateway, SHA256.HashData(octets), "dave@example.net", ["alice@example.org"], "mx.example.net [192.0.2.25]", People.Issued + 5, "pass", "pass", "none");

    /// <summary>A name of a message that nobody wrote.</summary>
    public static Cid MadeUp(ReadOnlySpan<byte> digest) => Cid.From([1, 0x71, 0x12, 0x20, .. digest]);

    public static Cid MadeUp(Random random) => MadeUp(random.Bytes(32));

    /// <summary>Names by a rule that docs/formats/root.md states: the digest is SHA-256 of the number in decimal.</summary>
    public static Cid Numbered(int number) => MadeUp(SHA256.HashData(Encoding.ASCII.GetBytes(number.ToString())));
}

using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Sealing;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>Announcements: none is believed or opened but those that were issued, octet for octet.</summary>
public sealed class AnnouncementFuzzTests
{
    private static readonly SeededRandomSource Chance = new(7);

    private static readonly Identity Alice = Someone(1);
    private static readonly Identity Bob = Someone(2);
    private static readonly Identity Mallory = Someone(3);

    private static readonly Dictionary<string, byte[]> Genuine = [];

    [Fact]
    public void None_is_believed_or_opened_but_the_genuine_ones()
    {
        List<byte[]> seeds = [];
        foreach (Identity sender in (Identity[])[Alice, Mallory])
        {
            foreach (Identity recipient in (Identity[])[Bob, Mallory, Alice])
            {
                byte[] key = Chance.Bytes(32);
                Announcement made = Announcement.Issue(
                    sender, CardOf(sender), recipient.Certificate, Cid.Of(Cid.DagCbor, Chance.Bytes(4)), Cid.Of(Cid.DagCbor, Chance.Bytes(4)), key, 1_700_000_000_000, Chance);
                Genuine[Digest(made.Block.Span)] = key;
                seeds.Add(made.Block.Data.ToArray());
            }
        }
        new Fuzzer("announcement", seeds, CborEdits.Grow, Read).Run();
    }

    private static string Read(byte[] input)
    {
        Block block = Block.Create(Cid.DagCbor, input);
        if (!Announcement.TryRead(block, out Announcement? announcement, out string? error))
        {
            Assert.False(string.IsNullOrEmpty(error));
            return Outcome.Of(error);
        }
        Assert.True(Genuine.TryGetValue(Digest(input), out byte[]? key), "An announcement that nobody issued was believed");
        bool isBobs = announcement.TryOpen(Bob, out byte[] opened, out Card? card);
        Assert.Equal(announcement.Recipient == Bob.Did, isBobs);
        if (isBobs)
            Assert.True(opened.AsSpan().SequenceEqual(key) && card!.Certificate.Equals(announcement.Sender));
        return $"read {isBobs}";
    }

    private static Identity Someone(int number)
    {
        using RecoverySeed seed = RecoverySeed.From([.. Enumerable.Repeat((byte)number, RecoverySeed.Length)]);
        return Identity.From(seed, 0);
    }

    private static Card CardOf(Identity identity) => identity.IssueCard(new Profile { Name = "x", Seq = 1, Issued = 1_700_000_000_000 });

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Devices;

/// <summary>Who holds a thread by his own word, and where what is missing comes from.</summary>
public sealed class KeepingTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone bob;
    private readonly Someone carol;

    public KeepingTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        carol = new Someone("Carol", network);
        alice.Know(bob, carol);
        bob.Know(alice, carol);
        carol.Know(alice, bob);
    }

    public void Dispose()
    {
        foreach (Someone person in new[] { alice, bob, carol })
            person.Dispose();
    }

    [Fact]
    public async Task A_recipient_signs_which_state_he_holds_whole()
    {
        Posted mail = alice.Send("Hello", [bob]);
        await alice.DeliverAsync();
        KeeperRow row = Assert.Single(Holders(alice, mail.Thread));
        Assert.Equal((bob.Did, alice.RootOf(mail.Thread)), (row.Identity, row.Root));
        alice.Reply(mail.Thread, "one more");
        Assert.NotEqual(alice.RootOf(mail.Thread), Holders(alice, mail.Thread)[0].Root);
        await alice.DeliverAsync();
        Assert.Equal(alice.RootOf(mail.Thread), Holders(alice, mail.Thread)[0].Root);
    }

    [Fact]
    public async Task Another_machine_of_ones_own_signs_it_too()
    {
        using var laptop = new Someone(alice, "laptop");
        laptop.Know(bob);
        Posted mail = laptop.Send("Hello", [bob]);
        await laptop.SyncAsync();
        Assert.Equal(new[] { alice.Did, bob.Did }.Order(), Holders(laptop, mail.Thread).Select(row => row.Identity).Order());
        Assert.All(Holders(laptop, mail.Thread), row => Assert.Equal(laptop.RootOf(mail.Thread), row.Root));
    }

    [Fact]
    public async Task A_missing_chunk_is_fetched_from_whoever_of_the_parties_has_it()
    {
        byte[] attachment = RandomSource.System.Bytes(600_000);
        Posted mail = alice.Send("Large", [bob, carol], attachment: attachment);
        await alice.DeliverAsync();
        Lose(bob, mail);
        network.Cut(alice);
        await bob.SyncAsync();
        Assert.Equal(attachment, bob.Mailbox.Mail(mail.Message).Attachments[0].Decode());
    }

    [Fact]
    public async Task A_missing_chunk_is_fetched_from_another_machine_of_ones_own()
    {
        byte[] attachment = RandomSource.System.Bytes(600_000);
        using var laptop = new Someone(alice, "laptop");
        Posted mail = bob.Send("Large", [alice], attachment: attachment);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        Lose(laptop, mail);
        network.Cut(bob);
        await laptop.SyncAsync();
        Assert.Equal(attachment, laptop.Mailbox.Mail(mail.Message).Attachments[0].Decode());
    }

    [Fact]
    public async Task A_root_stands_with_what_is_stored_and_only_there()
    {
        Posted mail = alice.Send("Hello", [bob]);
        alice.Outbox.Announce();
        OutgoingRow row = alice.Store.Read(tables => tables.Outgoing.For(bob.Did, 0, 1))[0];
        Assert.True(Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out _));
        Receipt receipt = Receipt.Issue(bob.Identity, announcement, Verdict.Stored, null, [], 5, null, mail.Thread);
        Assert.True(Receipt.TryRead(receipt.Block, out Receipt? read, out string? error), error);
        Assert.Equal(mail.Thread, read.Root);
        Assert.Throws<ArgumentException>(() => Receipt.Issue(bob.Identity, announcement, Verdict.Held, null, [], 5, null, mail.Thread));
        await alice.DeliverAsync();
    }

    private static IReadOnlyList<KeeperRow> Holders(Someone person, Cid thread) =>
        person.Store.Read(tables => tables.Keepers.Of(tables.Threads.Find(thread)!.Id));

    /// <summary>As if the disk had lost the chunks of a message and verification had noticed.</summary>
    private static void Lose(Someone person, Posted mail) => person.Store.Write(tables =>
    {
        MessageRow row = tables.Messages.Find(mail.Message)!;
        Assert.True(Defms.Core.Threads.MessageNode.TryRead(tables.Blocks.Find(mail.Message)!, out var node, out _));
        tables.Blocks.Remove(node!.Body);
        tables.Messages.AddMissing(row.Id, node.Body.Distinct());
        return true;
    });
}

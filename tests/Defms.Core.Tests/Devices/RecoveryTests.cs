using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Devices;

/// <summary>Alice's laptop is lost; she begins her next epoch with the recovery code, and Bob has what they wrote.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone lost;
    private readonly Someone bob;
    private readonly Someone carol;
    private readonly Someone alice;

    public RecoveryTests()
    {
        lost = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        carol = new Someone("Carol", network);
        lost.Know(bob, carol);
        bob.Know(lost, carol);
        carol.Know(lost, bob);
        alice = new Someone(lost, "new", epoch: 1);
        alice.Know(bob);
    }

    public void Dispose()
    {
        foreach (Someone machine in new[] { lost, bob, carol, alice })
            machine.Dispose();
    }

    [Fact]
    public async Task Everything_shared_with_a_contact_comes_back_from_him_alone()
    {
        (Posted first, Posted second) = await WriteAsync();
        SyncReport report = await alice.SyncAsync();
        Assert.Equal((4, 0), (report.Received, report.Failed.Count));
        foreach (Posted mail in new[] { first, second })
        {
            Assert.Equal(bob.RootOf(mail.Thread), alice.RootOf(mail.Thread));
            Assert.Equal(bob.Mailbox.Octets(mail.Message), alice.Mailbox.Octets(mail.Message));
        }
        Assert.True(alice.Store.Read(tables => tables.Messages.Find(first.Message))!.Flags.HasFlag(MessageFlags.Own));
        Assert.Equal(0, (await alice.SyncAsync()).Received);
    }

    [Fact]
    public async Task Whoever_has_the_lost_machine_gets_nothing_once_the_new_card_is_known()
    {
        await WriteAsync();
        await alice.SyncAsync();
        Posted later = bob.Send("For the new keys", [lost]);
        await bob.DeliverAsync();
        SyncReport report = await lost.SyncAsync(full: true);
        Assert.Equal(0, report.Received);
        Assert.Null(lost.RootOf(later.Thread));
        Assert.All(
            bob.Store.Read(tables => tables.Outgoing.For(lost.Did, 0, 1000)).Where(row => row.Kind == OutgoingKind.Announcement),
            row => Assert.False(Read(row).TryOpen(lost.Identity, out _, out _)));
        await alice.SyncAsync();
        Assert.Equal(bob.RootOf(later.Thread), alice.RootOf(later.Thread));
    }

    [Fact]
    public async Task Whoever_has_the_lost_machine_is_not_listened_to_once_the_new_card_is_known()
    {
        (Posted first, _) = await WriteAsync();
        await alice.SyncAsync();
        Cid? before = bob.RootOf(first.Thread);
        lost.Reply(first.Thread, "send money");
        SyncReport report = await lost.DeliverAsync();
        Assert.Contains(report.Failed, failure => failure.Reason.Contains("replaced"));
        Assert.Equal(before, bob.RootOf(first.Thread));
    }

    [Fact]
    public async Task What_the_old_key_signed_by_way_of_somebody_else_is_marked()
    {
        (Posted first, Posted shared) = await WriteAsync();
        await alice.SyncAsync();
        lost.Reply(shared.Thread, "send money", toAll: true);
        // Carol has not heard of the new card; she takes it in, and Bob gets it from her.
        await lost.DeliverAsync();
        await bob.SyncAsync(full: true);
        ShownMessage stolen = bob.Mailbox.Show(shared.Thread).Messages.Single(message => message.Mail.Text.StartsWith("send money"));
        Assert.True(stolen.IsByOldKey);
        Assert.NotNull(bob.RootOf(first.Thread));
    }

    [Fact]
    public async Task An_old_card_that_is_shown_again_changes_nothing()
    {
        Card old = lost.Card;
        await alice.SyncAsync();
        Card known = Known(bob);
        Assert.Equal(1, known.Epoch);
        Assert.Equal(known, new CardDesk(bob.Store, bob.Identity, network.Time).Answer(old.Certificate, old));
        Assert.Throws<MailboxException>(() => bob.Add(old));
        Assert.Equal(known, Known(bob));
    }

    [Fact]
    public async Task Answers_on_both_sides_go_to_a_new_branch_that_the_old_keys_cannot_open()
    {
        (Posted first, _) = await WriteAsync();
        await alice.SyncAsync();
        Posted mine = alice.Reply(first.Thread, "it is me again");
        await alice.DeliverAsync();
        Posted his = bob.Reply(mine.Thread, "welcome back");
        Posted old = bob.Reply(first.Thread, "and in the old place");
        await bob.DeliverAsync();
        await alice.SyncAsync();
        Assert.NotEqual(first.Thread, mine.Thread);
        Assert.Equal(mine.Thread, his.Thread);
        Assert.NotEqual(first.Thread, old.Thread);
        Assert.Equal(bob.RootOf(mine.Thread), alice.RootOf(mine.Thread));
        Assert.Equal(bob.RootOf(old.Thread), alice.RootOf(old.Thread));
        Assert.Contains(first.Thread, alice.Mailbox.Show(mine.Thread).Branches.Select(branch => branch.Thread));
    }

    [Fact]
    public async Task The_epoch_to_begin_is_learned_from_a_contact_and_from_a_mere_party()
    {
        await WriteAsync();
        await alice.SyncAsync();
        Certificate any = lost.Identity.Certificate;
        Assert.Equal(1, new CardDesk(bob.Store, bob.Identity, network.Time).Answer(any, null)!.Epoch);
        carol.Store.Write(tables => tables.Contacts.Remove(lost.Did));
        Assert.Equal(0, new CardDesk(carol.Store, carol.Identity, network.Time).Answer(any, null)!.Epoch);
        using var stranger = new Someone("Mallory", network);
        Assert.Null(new CardDesk(bob.Store, bob.Identity, network.Time).Answer(stranger.Identity.Certificate, stranger.Card));
        Assert.Null(bob.Store.Read(tables => tables.Contacts.Find(stranger.Did)));
    }

    [Fact]
    public async Task A_party_who_is_no_contact_remembers_the_new_card_too()
    {
        await WriteAsync();
        carol.Store.Write(tables => tables.Contacts.Remove(lost.Did));
        alice.Know(carol);
        await alice.SyncAsync();
        Assert.Equal(1, Known(carol).Epoch);
        Assert.Equal(0, (await lost.SyncAsync(full: true)).Received);
    }

    [Fact]
    public async Task A_contact_who_does_not_know_the_new_card_yet_gives_nothing_to_it_and_nothing_is_lost()
    {
        await WriteAsync();
        network.Cut(bob);
        SyncReport report = await alice.SyncAsync();
        Assert.Single(report.Failed);
        network.Restore(bob);
        Assert.Equal(4, (await alice.SyncAsync()).Received);
    }

    [Fact]
    public async Task What_waits_when_the_keys_change_is_announced_anew_and_arrives()
    {
        network.Cut(bob);
        Posted mail = lost.Send("Written before", [bob]);
        await lost.DeliverAsync();
        network.Restore(bob);
        lost.UseKeys(lost.KeysOf(1));
        lost.Store.Write(tables =>
        {
            lost.Outbox.Reissue(tables);
            return true;
        });
        await lost.SyncAsync();
        Assert.Equal(DeliveryState.Stored, lost.StateOf(mail.Message, bob));
    }

    /// <summary>Two conversations of two mails each, one of them with Carol.</summary>
    private async Task<(Posted First, Posted Second)> WriteAsync()
    {
        Posted first = lost.Send("Hello", [bob]);
        Posted second = lost.Send("All of us", [bob, carol]);
        await lost.DeliverAsync();
        bob.Reply(first.Thread, "hello");
        bob.Reply(second.Thread, "hello all", toAll: true);
        await bob.DeliverAsync();
        return (first, second);
    }

    private Card Known(Someone person) => person.Store.Read(tables => tables.Contacts.Find(lost.Did))!.Card;

    private static Announcement Read(OutgoingRow row) =>
        Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out string? error) ? announcement : throw new InvalidOperationException(error);
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Replication;

/// <summary>Mail between real stores over a network without sockets.</summary>
public sealed class DeliveryTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone bob;
    private readonly Someone carol;

    public DeliveryTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        carol = new Someone("Carol", network, isReachable: false);
        alice.Know(bob, carol);
        bob.Know(alice);
        carol.Know(alice);
    }

    public void Dispose()
    {
        foreach (Someone person in new[] { alice, bob, carol })
            person.Dispose();
    }

    [Fact]
    public async Task A_mail_arrives_in_one_round_trip_with_a_receipt()
    {
        Posted sent = alice.Send("Hello", [bob]);
        SyncReport report = await alice.DeliverAsync();
        Assert.Equal((1, 0), (report.Sent, report.Failed.Count));
        Assert.Equal(1, network.Announcements);
        Assert.Equal(DeliveryState.Stored, alice.StateOf(sent.Message, bob));
        Assert.Equal(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        Assert.Equal(alice.Mailbox.Octets(sent.Message), bob.Mailbox.Octets(sent.Message));
    }

    [Fact]
    public async Task Replies_written_at_once_on_both_sides_end_as_one_root_on_both()
    {
        Posted sent = alice.Send("Hello", [bob]);
        await alice.DeliverAsync();
        alice.Reply(sent.Thread, "from me");
        bob.Reply(sent.Thread, "from me too");
        Assert.NotEqual(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        await alice.DeliverAsync();
        await bob.DeliverAsync();
        Assert.Equal(3, alice.CountOf(sent.Thread));
        Assert.Equal(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task Somebody_without_an_endpoint_fetches_and_his_receipt_comes_back()
    {
        Posted sent = alice.Send("Hello", [carol]);
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Queued, alice.StateOf(sent.Message, carol));
        SyncReport report = await carol.SyncAsync();
        Assert.Equal((1, 1), (report.Received, report.Threads));
        Assert.Equal(alice.RootOf(sent.Thread), carol.RootOf(sent.Thread));
        Assert.Equal(DeliveryState.Stored, alice.StateOf(sent.Message, carol));
        Assert.Equal(0, (await carol.SyncAsync()).Received);
    }

    [Fact]
    public async Task A_bcc_reader_is_invisible_to_the_others()
    {
        Posted sent = alice.Send("Hello", [bob], [carol]);
        await alice.DeliverAsync();
        await carol.SyncAsync();
        Cid blind = carol.Mailbox.List(new ConversationFilter(null, false, 10))[0].Newest.Thread;
        Assert.NotEqual(sent.Thread, blind);
        Assert.Null(bob.Store.Read(tables => tables.Threads.Find(blind)));
        Assert.Null(bob.Store.Read(tables => tables.Contacts.Find(carol.Did)));
        ShownConversation shown = alice.Mailbox.Show(sent.Thread);
        Assert.Single(shown.Messages);
        Assert.Equal(2, shown.Messages[0].Deliveries.Count(row => row.State == DeliveryState.Stored));
    }

    [Fact]
    public async Task Mail_waits_for_somebody_who_is_away_and_pauses_grow()
    {
        network.Cut(bob);
        Posted sent = alice.Send("Hello", [bob]);
        SyncReport report = await alice.DeliverAsync();
        Assert.Single(report.Failed);
        Assert.Equal(DeliveryState.Queued, alice.StateOf(sent.Message, bob));
        Assert.Contains("cannot be reached", alice.DeliveryTo(sent.Message, bob).Detail);
        network.Restore(bob);
        Assert.Equal(0, (await alice.Replicator.DeliverAsync(all: false, CancellationToken.None)).Sent);
        network.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(1, (await alice.Replicator.DeliverAsync(all: false, CancellationToken.None)).Sent);
        Assert.Equal(DeliveryState.Stored, alice.StateOf(sent.Message, bob));
    }

    [Fact]
    public async Task A_stranger_waits_unopened_until_he_is_accepted_and_then_has_his_receipt()
    {
        using var dave = new Someone("Dave", network);
        dave.Know(bob);
        Posted sent = dave.Send("Let me in", [bob]);
        await dave.DeliverAsync();
        Assert.Equal(DeliveryState.Quarantined, dave.StateOf(sent.Message, bob));
        Assert.Null(bob.RootOf(sent.Thread));
        (Did sender, byte[] card, int count, long bytes, _) = Assert.Single(bob.Store.Read(tables => tables.Quarantine.Senders()));
        Assert.Equal((dave.Did, 1), (sender, count));
        Assert.True(bytes > 0);
        Assert.True(Card.TryDecode(card, out Card? shown, out _));
        bob.Store.Write(tables => new ContactBook(tables, bob.Did, network.Time.GetUtcNow()).Accept(shown, rebind: false, allowPrivate: false));
        Assert.Equal(1, await new Quarantine(bob.Store, bob.Identity, network.Time).ReleaseAsync(dave.Did, CancellationToken.None));
        Assert.Equal(dave.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        await bob.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, dave.StateOf(sent.Message, bob));
    }

    [Fact]
    public async Task A_stranger_cannot_fill_the_store()
    {
        using var dave = new Someone("Dave", network);
        dave.Know(bob);
        for (int i = 0; i < 4; i++)
            dave.Send($"Flood {i}", [bob], attachment: RandomSource.System.Bytes(400_000));
        await dave.DeliverAsync();
        Assert.InRange(bob.Store.Read(tables => tables.Quarantine.Bytes()), 1, QuarantineBudget.PerSender);
    }

    [Fact]
    public async Task Somebody_blocked_is_refused_and_the_sentbox_says_so()
    {
        bob.Store.Write(tables => new ContactBook(tables, bob.Did, network.Time.GetUtcNow()).Block(tables.Contacts.Find(alice.Did)!));
        Posted sent = alice.Send("Hello", [bob]);
        SyncReport report = await alice.DeliverAsync();
        Assert.Single(report.Failed);
        Assert.Equal(DeliveryState.Failed, alice.StateOf(sent.Message, bob));
        Assert.Null(bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task A_large_attachment_arrives_whole()
    {
        byte[] attachment = RandomSource.System.Bytes(3 * 1024 * 1024);
        Posted sent = alice.Send("Big", [bob], attachment: attachment);
        await alice.DeliverAsync();
        Assert.Equal(attachment, bob.Mailbox.Mail(sent.Message).Attachments[0].Decode());
        Assert.Equal(DeliveryState.Stored, alice.StateOf(sent.Message, bob));
    }

    [Fact]
    public async Task A_party_without_acquaintance_may_speak_in_the_common_thread_only()
    {
        Posted sent = alice.Send("All of us", [bob, carol]);
        await alice.DeliverAsync();
        await carol.SyncAsync();
        Posted reply = carol.Reply(sent.Thread, "hello Bob", toAll: true);
        await carol.DeliverAsync();
        Assert.Equal(sent.Thread, reply.Thread);
        Assert.Equal(carol.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        Assert.Equal(carol.RootOf(sent.Thread), alice.RootOf(sent.Thread));
    }

    [Fact]
    public async Task A_full_sync_heals_what_was_lost()
    {
        Posted sent = alice.Send("Hello", [bob]);
        await alice.DeliverAsync();
        network.Cut(alice);
        network.Cut(bob);
        for (int i = 0; i < 3; i++)
            bob.Reply(sent.Thread, $"number {i}");
        bob.Store.Write(tables =>
        {
            foreach (OutgoingRow row in tables.Outgoing.Due(long.MaxValue - 1, 100))
                tables.Outgoing.Remove(row.Row);
            foreach (DeliveryRow row in tables.Deliveries.Unannounced(100))
                tables.Deliveries.SetAnnounced(row.Message, row.Identity);
            return true;
        });
        network.Restore(alice);
        network.Restore(bob);
        Assert.Equal(0, (await alice.SyncAsync()).Received);
        Assert.Equal(3, (await alice.SyncAsync(full: true)).Received);
        Assert.Equal(bob.RootOf(sent.Thread), alice.RootOf(sent.Thread));
    }

    [Fact]
    public async Task A_receipt_signed_by_somebody_else_does_not_count()
    {
        Posted sent = alice.Send("Hello", [bob]);
        network.AlterReceipt = receipt => Forge(receipt, carol.Identity);
        SyncReport report = await alice.DeliverAsync();
        Assert.Contains("does not count", Assert.Single(report.Failed).Reason);
        Assert.Equal(DeliveryState.Queued, alice.StateOf(sent.Message, bob));
    }

    [Fact]
    public async Task A_message_that_does_not_belong_is_refused_once_and_not_asked_for_again()
    {
        Posted sent = alice.Send("Hello", [bob]);
        await alice.DeliverAsync();
        Cid before = alice.RootOf(sent.Thread)!.Value;
        Block junk = Plant(bob, sent.Thread);
        await alice.SyncAsync(full: true);
        Assert.Equal(before, alice.RootOf(sent.Thread));
        Assert.True(alice.Store.Read(tables => tables.Messages.IsRefused(tables.Threads.Find(sent.Thread)!.Id, junk.Cid)));
        bob.Store.Write(tables =>
        {
            tables.Blocks.Remove([junk.Cid]);
            return true;
        });
        network.Wanted.Clear();
        await alice.SyncAsync(full: true);
        Assert.DoesNotContain(junk.Cid, network.Wanted);
        Assert.NotEmpty(network.Wanted);
    }

    [Fact]
    public async Task What_several_processes_deliver_at_once_arrives_once()
    {
        Posted sent = alice.Send("Hello", [bob]);
        await Task.WhenAll(alice.DeliverAsync(), alice.DeliverAsync(), alice.DeliverAsync());
        Assert.Equal(1, bob.CountOf(sent.Thread));
        Assert.Equal(DeliveryState.Stored, alice.StateOf(sent.Message, bob));
    }

    /// <summary>Makes somebody's store claim a block that is no message of the thread.</summary>
    private static Block Plant(Someone liar, Cid thread)
    {
        Block junk = Block.Create(Cid.DagCbor, new Defms.Core.Codecs.DagCborWriter().Map(1).Key("junk"u8).Int(1).ToArray());
        liar.Store.Write(tables =>
        {
            ThreadRow row = tables.Threads.Find(thread)!;
            MessageRow real = tables.Messages.InThread(row.Id)[0];
            tables.Blocks.Put([junk]);
            tables.Messages.Add(real with { Cid = junk.Cid, MessageId = null });
            Defms.Core.Threads.RootChange change = Defms.Core.Threads.ThreadRoot.Build(thread, tables.Messages.Names(row.Id));
            tables.Blocks.Put(change.Blocks);
            tables.Threads.SetRoot(row.Id, change.Root, change.Count);
            return true;
        });
        return junk;
    }

    private Receipt Forge(Receipt original, Identity signer)
    {
        OutgoingRow row = alice.Store.Read(tables => tables.Outgoing.Find(original.Announcement, OutgoingKind.Announcement))!;
        Assert.True(Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out _));
        return Receipt.Issue(signer, announcement, Verdict.Stored, null, [], original.Time);
    }
}

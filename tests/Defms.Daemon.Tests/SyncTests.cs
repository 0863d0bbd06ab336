using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests;

public sealed class SyncTests
{
    [Fact]
    public async Task Somebody_without_an_endpoint_fetches_and_his_receipt_comes_back()
    {
        await using Person alice = await Person.ReachableAsync("Alice");
        await using Person carol = Meet(alice);
        Posted sent = alice.Send("Hello", carol);
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Queued, alice.DeliveryTo(sent.Message, carol).State);
        SyncReport report = await carol.SyncAsync();
        Assert.Equal((1, 1, 0), (report.Received, report.Threads, report.Failed.Count));
        Assert.Equal(alice.RootOf(sent.Thread), carol.RootOf(sent.Thread));
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, carol).State);
    }

    [Fact]
    public async Task A_cursor_goes_on_where_it_was_and_another_store_starts_over()
    {
        await using Person alice = await Person.ReachableAsync("Alice");
        await using Person carol = Meet(alice);
        alice.Send("First", carol);
        Assert.Single((await AskAsync(carol, alice, null)).Items);
        SyncHead first = await AskAsync(carol, alice, null);
        alice.Send("Second", carol);
        SyncHead second = await AskAsync(carol, alice, first.Cursor);
        Assert.Single(second.Items);
        Assert.NotEqual(first.Items[0], second.Items[0]);
        Assert.Empty((await AskAsync(carol, alice, second.Cursor)).Items);
        var unknown = new SyncCursor(RandomSource.System.Bytes(SyncCursor.EpochLength), second.Cursor.Row);
        Assert.Equal(2, (await AskAsync(carol, alice, unknown)).Items.Count);
    }

    [Fact]
    public async Task A_message_larger_than_one_answer_is_fetched_whole_and_counts_as_stored()
    {
        await using Person alice = await Person.ReachableAsync("Alice");
        await using Person carol = Meet(alice);
        Posted sent = alice.Send("Film", [carol], RandomSource.System.Bytes((int)Outbox.MaxRequestBytes));
        await carol.SyncAsync();
        Assert.Equal(alice.Mailbox.Octets(sent.Message), carol.Mailbox.Octets(sent.Message));
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, carol).State);
    }

    [Fact]
    public async Task A_full_sync_heals_what_both_outboxes_have_forgotten()
    {
        await using Couple couple = await Couple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.DeliverAsync();
        for (int i = 0; i < 3; i++)
            couple.Bob.Reply(sent.Thread, $"number {i}");
        Forget(couple.Bob);
        Assert.Equal(0, (await couple.Alice.SyncAsync()).Received);
        Assert.Equal(3, (await couple.Alice.SyncAsync(full: true)).Received);
        Assert.Equal(couple.Bob.RootOf(sent.Thread), couple.Alice.RootOf(sent.Thread));
    }

    [Fact]
    public async Task Chunks_that_are_missing_are_asked_for_by_name()
    {
        await using Couple couple = await Couple.MeetAsync();
        byte[] attachment = RandomSource.System.Bytes(1024 * 1024);
        Posted sent = couple.Alice.Send("Picture", [couple.Bob], attachment);
        (Announcement announcement, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(couple.Bob);
        Receipt receipt = await couple.Alice.Peer.AnnounceAsync(
            couple.Bob.Door, announcement, blocks.Where(block => block.Cid.Codec != Cid.Raw), CancellationToken.None);
        Assert.Equal(Verdict.Stored, receipt.Verdict);
        Assert.Equal(blocks.Count(block => block.Cid.Codec == Cid.Raw), receipt.Missing.Count);
        Assert.Throws<MailboxException>(() => couple.Bob.Mailbox.Octets(sent.Message));
        await couple.Bob.SyncAsync();
        Assert.Equal(attachment, couple.Bob.Mailbox.Mail(sent.Message).Attachments[0].Decode());
    }

    [Fact]
    public async Task A_clock_that_is_years_off_is_told_the_time_and_signs_again()
    {
        await using Person alice = await Person.ReachableAsync("Alice");
        await using Person carol = Meet(alice);
        Posted sent = alice.Send("Hello", carol);
        carol.Time.Difference = TimeSpan.FromDays(-3 * 365);
        SyncReport report = await carol.SyncAsync();
        Assert.Equal((1, 0), (report.Received, report.Failed.Count));
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, carol).State);
    }

    [Fact]
    public async Task A_long_poll_of_ones_own_other_machine_ends_when_the_server_stops()
    {
        await using Person alice = await Person.ReachableAsync("Alice");
        var asking = new SyncRequest { Device = new byte[SyncRequest.DeviceLength] };
        SyncHead? head;
        using (PeerStream first = await alice.Peer.SyncAsync(alice.Door, asking, CancellationToken.None))
            Assert.True(SyncHead.TryRead((await first.Blocks.NextAsync())!, out head, out _));
        // Behind what there is, so that it waits.
        SyncRequest request = asking with { Cursor = head.Cursor, WaitSeconds = SyncRequest.MaxWaitSeconds };
        Task<PeerStream> poll = alice.Peer.SyncAsync(alice.Door, request, CancellationToken.None);
        using (PeerStream other = await alice.Peer.SyncAsync(alice.Door, request with { WaitSeconds = 0 }, CancellationToken.None))
            Assert.NotNull(await other.Blocks.NextAsync());
        await alice.StopServerAsync();
        var fault = await Assert.ThrowsAsync<PeerException>(() => poll);
        Assert.True(fault.Fault is PeerFault.Busy or PeerFault.Unreachable, fault.Message);
    }

    private static Person Meet(Person reachable)
    {
        Person carol = Person.Away("Carol");
        carol.Know(reachable);
        reachable.Know(carol);
        return carol;
    }

    private static async Task<SyncHead> AskAsync(Person asker, Person asked, SyncCursor? cursor)
    {
        var request = new SyncRequest { Device = new byte[SyncRequest.DeviceLength], Cursor = cursor };
        using PeerStream answer = await asker.Peer.SyncAsync(asked.Door, request, CancellationToken.None);
        Assert.True(SyncHead.TryRead((await answer.Blocks.NextAsync())!, out SyncHead? head, out string? error), error);
        while (await answer.Blocks.NextAsync() is not null)
        {
        }
        Assert.Null(answer.Blocks.Error);
        return head;
    }

    private static void Forget(Person person) => person.Store.Write(tables =>
    {
        foreach (OutgoingRow row in tables.Outgoing.Due(long.MaxValue - 1, 100))
            tables.Outgoing.Remove(row.Row);
        foreach (DeliveryRow row in tables.Deliveries.Unannounced(100))
            tables.Deliveries.SetAnnounced(row.Message, row.Identity);
        return true;
    });
}

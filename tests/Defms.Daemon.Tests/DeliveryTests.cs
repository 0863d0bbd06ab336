using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests;

/// <summary>Mail between two stores over real sockets.</summary>
public sealed class DeliveryTests
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task A_mail_is_stored_by_its_recipient_and_the_sentbox_says_so()
    {
        await using Couple couple = await Couple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        SyncReport report = await couple.Alice.DeliverAsync();
        Assert.Equal((1, 0), (report.Sent, report.Failed.Count));
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
        Assert.Equal(couple.Alice.RootOf(sent.Thread), couple.Bob.RootOf(sent.Thread));
        Assert.Equal(couple.Alice.Mailbox.Octets(sent.Message), couple.Bob.Mailbox.Octets(sent.Message));
    }

    [Fact]
    public async Task Replies_written_at_once_on_both_sides_end_as_one_root_on_both()
    {
        await using Couple couple = await Couple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.DeliverAsync();
        couple.Alice.Reply(sent.Thread, "mine");
        couple.Bob.Reply(sent.Thread, "his");
        await Task.WhenAll(couple.Alice.DeliverAsync(), couple.Bob.DeliverAsync());
        Assert.Equal(3, couple.Alice.CountOf(sent.Thread));
        Assert.Equal(couple.Alice.RootOf(sent.Thread), couple.Bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task An_attachment_of_3_MiB_arrives_whole()
    {
        await using Couple couple = await Couple.MeetAsync();
        byte[] attachment = RandomSource.System.Bytes(3 * Mebibyte);
        Posted sent = couple.Alice.Send("Picture", [couple.Bob], attachment);
        await couple.Alice.DeliverAsync();
        Assert.Equal(attachment, couple.Bob.Mailbox.Mail(sent.Message).Attachments[0].Decode());
    }

    [Fact]
    public async Task A_message_larger_than_one_request_goes_in_several_and_counts_as_stored_when_it_is_whole()
    {
        await using Couple couple = await Couple.MeetAsync();
        byte[] attachment = RandomSource.System.Bytes((int)Outbox.MaxRequestBytes);
        Posted sent = couple.Alice.Send("Film", [couple.Bob], attachment);
        SyncReport report = await couple.Alice.DeliverAsync();
        Assert.Empty(report.Failed);
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
        Assert.Equal(couple.Alice.Mailbox.Octets(sent.Message), couple.Bob.Mailbox.Octets(sent.Message));
    }

    [Fact]
    public async Task A_replay_earns_the_same_receipt_and_changes_nothing()
    {
        await using Couple couple = await Couple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        (Announcement announcement, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(couple.Bob);
        Receipt first = await couple.Alice.Peer.AnnounceAsync(couple.Bob.Door, announcement, blocks, CancellationToken.None);
        Receipt second = await couple.Alice.Peer.AnnounceAsync(couple.Bob.Door, announcement, blocks, CancellationToken.None);
        Assert.Equal(Verdict.Stored, first.Verdict);
        Assert.Equal(first.Block.Cid, second.Block.Cid);
        Assert.Equal(1, couple.Bob.CountOf(sent.Thread));
    }

    [Fact]
    public async Task An_announcement_for_someone_else_is_refused()
    {
        await using Couple couple = await Couple.MeetAsync();
        await using Person carol = Person.Away("Carol");
        couple.Alice.Know(carol);
        couple.Alice.Send("Hello", carol);
        (Announcement announcement, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(carol);
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            couple.Alice.Peer.AnnounceAsync(couple.Bob.Door, announcement, blocks, CancellationToken.None));
        Assert.Equal(PeerFault.Refused, refusal.Fault);
        Assert.Contains("nobody with that identity", refusal.Message);
    }

    [Fact]
    public async Task Somebody_blocked_is_refused_and_the_sentbox_says_so()
    {
        await using Couple couple = await Couple.MeetAsync();
        couple.Bob.Store.Write(tables => new ContactBook(tables, couple.Bob.Did, couple.Bob.Time.GetUtcNow()).Block(tables.Contacts.Find(couple.Alice.Did)!));
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.DeliverAsync();
        Assert.Equal(DeliveryState.Failed, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
        Assert.Null(couple.Bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task A_lower_card_is_passed_over()
    {
        await using Couple couple = await Couple.MeetAsync();
        Card old = couple.Alice.Card;
        couple.Alice.SetProfile(profile => profile with { Name = "Alice the Second" });
        couple.Bob.Add(couple.Alice.Card);
        Assert.True(couple.Alice.Store.Write(tables => Restore(tables, old)));
        couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.DeliverAsync();
        Assert.Equal("Alice the Second", couple.Bob.Store.Read(tables => tables.Contacts.Find(couple.Alice.Did))!.Card.Name);
    }

    [Fact]
    public async Task A_newer_card_comes_along_with_mail()
    {
        await using Couple couple = await Couple.MeetAsync();
        couple.Alice.SetProfile(profile => profile with { Name = "Alice the Second" });
        couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.DeliverAsync();
        Assert.Equal("Alice the Second", couple.Bob.Store.Read(tables => tables.Contacts.Find(couple.Alice.Did))!.Card.Name);
    }

    [Fact]
    public async Task Keys_that_newer_ones_replaced_are_refused()
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        await using Couple couple = await Couple.MeetAsync();
        await using Person carol = Person.Away("Carol");
        carol.UseKeys(Identity.From(seed));
        carol.Know(couple.Bob);
        using (Identity next = Identity.From(seed, epoch: 1))
            couple.Bob.Add(next.IssueCard(new Profile { Name = "Carol", Addresses = [carol.Address] }));
        Posted sent = carol.Send("By the thief", couple.Bob);
        await carol.DeliverAsync();
        DeliveryRow delivery = carol.DeliveryTo(sent.Message, couple.Bob);
        Assert.Equal(DeliveryState.Failed, delivery.State);
        Assert.Contains("replaced by newer ones", delivery.Detail);
    }

    [Fact]
    public async Task A_receipt_by_a_wrong_key_does_not_count()
    {
        await using Couple couple = await Couple.MeetAsync();
        await using Person carol = Person.Away("Carol");
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        (Announcement announcement, _) = couple.Alice.Waiting(couple.Bob);
        var forged = Receipt.Issue(carol.Identity, announcement, Verdict.Stored, null, [], couple.Bob.Time.GetUtcNow().ToUnixTimeMilliseconds());
        var refusal = await Assert.ThrowsAsync<PeerException>(() => couple.Bob.Peer.SendReceiptAsync(couple.Alice.Door, forged, CancellationToken.None));
        Assert.Contains("not signed by the recipient", refusal.Message);
        Assert.Equal(DeliveryState.Queued, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
    }

    [Fact]
    public async Task A_receipt_that_comes_by_itself_counts()
    {
        await using Couple couple = await Couple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        (Announcement announcement, _) = couple.Alice.Waiting(couple.Bob);
        var receipt = Receipt.Issue(couple.Bob.Identity, announcement, Verdict.Stored, null, [], couple.Bob.Time.GetUtcNow().ToUnixTimeMilliseconds());
        await couple.Bob.Peer.SendReceiptAsync(couple.Alice.Door, receipt, CancellationToken.None);
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
        var again = await Assert.ThrowsAsync<PeerException>(() => couple.Bob.Peer.SendReceiptAsync(couple.Alice.Door, receipt, CancellationToken.None));
        Assert.Contains(ReceiptDesk.NotWaiting, again.Message);
    }

    [Fact]
    public async Task Mail_waits_with_pauses_that_survive_a_restart_of_both()
    {
        await using Couple couple = await Couple.MeetAsync();
        await couple.Bob.StopServerAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        Assert.Single((await couple.Alice.DeliverAsync(all: false)).Failed);
        Assert.Contains("cannot be reached", couple.Alice.DeliveryTo(sent.Message, couple.Bob).Detail);
        await couple.Alice.RestartAsync();
        await couple.Bob.RestartAsync();
        await couple.Bob.StartServerAsync();
        Assert.Equal(0, (await couple.Alice.DeliverAsync(all: false)).Sent);
        couple.Alice.Time.Difference = TimeSpan.FromSeconds(11);
        Assert.Equal(1, (await couple.Alice.DeliverAsync(all: false)).Sent);
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
    }

    [Fact]
    public async Task An_endpoint_in_a_private_network_is_refused_unless_it_was_entered_by_hand()
    {
        await using Couple couple = await Couple.MeetAsync();
        couple.Alice.Store.Write(tables =>
        {
            tables.Contacts.Put(tables.Contacts.Find(couple.Bob.Did)! with { EnteredEndpoints = [] });
            return true;
        });
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        string reason = Assert.Single((await couple.Alice.DeliverAsync()).Failed).Reason;
        Assert.Contains("not on the public internet", reason);
        Assert.Null(couple.Bob.RootOf(sent.Thread));
    }

    private static bool Restore(IMailTables tables, Card card)
    {
        tables.Settings.SetBytes("card", card.Encoded.Span);
        return true;
    }
}

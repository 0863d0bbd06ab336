using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests;

public sealed class StrangerTests
{
    [Fact]
    public async Task A_stranger_waits_unopened_until_accepted_and_then_has_his_receipt()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        await using Person dave = await Person.ReachableAsync("Dave");
        dave.Know(bob);
        Posted sent = dave.Send("Let me in", bob);
        await dave.DeliverAsync();
        Assert.Equal(DeliveryState.Quarantined, dave.DeliveryTo(sent.Message, bob).State);
        Assert.Null(bob.RootOf(sent.Thread));
        await AcceptAsync(bob, dave);
        Assert.Equal(dave.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        await bob.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, dave.DeliveryTo(sent.Message, bob).State);
    }

    [Fact]
    public async Task A_strangers_attachment_that_is_too_large_for_quarantine_follows_once_he_is_accepted()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        await using Person dave = await Person.ReachableAsync("Dave");
        dave.Know(bob);
        byte[] attachment = RandomSource.System.Bytes(3 * 1024 * 1024);
        Posted sent = dave.Send("A picture of me", [bob], attachment);
        await dave.DeliverAsync();
        Assert.Equal(DeliveryState.Quarantined, dave.DeliveryTo(sent.Message, bob).State);
        Assert.InRange(bob.Store.Read(tables => tables.Quarantine.Bytes()), 1, QuarantineBudget.PerSender);
        await AcceptAsync(bob, dave);
        await bob.DeliverAsync();
        Assert.Equal(DeliveryState.Quarantined, dave.DeliveryTo(sent.Message, bob).State);
        await dave.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, dave.DeliveryTo(sent.Message, bob).State);
        Assert.Equal(attachment, bob.Mailbox.Mail(sent.Message).Attachments[0].Decode());
    }

    [Fact]
    public async Task Strangers_leave_no_more_than_their_budget()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        await using Person dave = Person.Away("Dave");
        dave.Know(bob);
        var sent = Enumerable.Range(0, 30).Select(i => dave.Send($"Flood {i}", [bob], RandomSource.System.Bytes(45_000))).ToList();
        SyncReport report = await dave.DeliverAsync();
        Assert.Contains("no more room here", Assert.Single(report.Failed).Reason);
        Assert.InRange(bob.Store.Read(tables => tables.Quarantine.Bytes()), 1, QuarantineBudget.PerSender);
        Assert.Contains(sent, posted => dave.DeliveryTo(posted.Message, bob).State == DeliveryState.Queued);
    }

    [Fact]
    public async Task A_stranger_who_asks_is_told_nothing()
    {
        await using Couple couple = await Couple.MeetAsync();
        await using Person dave = Person.Away("Dave");
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        var request = new SyncRequest { Device = new byte[SyncRequest.DeviceLength], Full = true };
        using (PeerStream answer = await dave.Peer.SyncAsync(couple.Alice.Door, request, CancellationToken.None))
        {
            Assert.True(SyncHead.TryRead((await answer.Blocks.NextAsync())!, out SyncHead? head, out _));
            Assert.Equal((0, 0), (head.Items.Count, head.Roots.Count));
        }
        using PeerStream blocks = await dave.Peer.FetchAsync(couple.Alice.Door, new WantList(sent.Thread, [sent.Thread, sent.Message]), CancellationToken.None);
        Assert.Null(await blocks.Blocks.NextAsync());
        Assert.Null(blocks.Blocks.Error);
    }

    private static async Task AcceptAsync(Person self, Person stranger)
    {
        byte[] shown = Assert.Single(self.Store.Read(tables => tables.Quarantine.Senders())).Card;
        Assert.True(Card.TryDecode(shown, out Card? card, out _));
        self.Store.Write(tables => new ContactBook(tables, self.Did, self.Time.GetUtcNow()).Accept(card, rebind: false, allowPrivate: true));
        await new Quarantine(self.Store, self.Identity, self.Time).ReleaseAsync(stranger.Did, CancellationToken.None);
    }
}

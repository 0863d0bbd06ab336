using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Replication;

/// <summary>Mail of the old world, brought by a gateway into a person's store.</summary>
public sealed class ParcelDeliveryTests : IDisposable
{
    private const string Lunch = "From: Dave <dave@old.example>\r\nTo: alice@alice.example\r\nSubject: lunch\r\nMessage-ID: <1@old.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\nAt noon, by the canary?\r\n";

    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Relay relay;

    public ParcelDeliveryTests()
    {
        alice = new Someone("Alice", network);
        relay = new Relay(network);
        relay.Serve(alice);
    }

    public void Dispose()
    {
        alice.Dispose();
        relay.Dispose();
    }

    [Fact]
    public async Task A_mail_is_filed_with_its_origin_and_found_by_its_words_and_the_gateway_learns_that_it_is_stored()
    {
        Cid parcel = await relay.BringAsync(alice, Lunch);
        Assert.Equal(DeliveryState.Queued, relay.Post.Find(parcel)!.State);
        SyncReport report = await relay.DeliverAsync();
        Assert.Equal((1, 0), (report.Sent, report.Failed.Count));
        Assert.Equal(DeliveryState.Stored, relay.Post.Find(parcel)!.State);
        ShownMessage shown = Assert.Single(alice.Mails()).Message;
        Assert.Equal(Lunch, Encoding.UTF8.GetString(alice.Mailbox.Octets(shown.Row.Cid)));
        Assert.Equal(("Dave", true, relay.Did, "pass"), (shown.AuthorName, shown.IsFiled, shown.Origin!.Gateway.Identity, shown.Origin.Dkim));
        Assert.Equal(MessageFlags.None, shown.Row.Flags);
        Assert.Single(new Core.Mailboxes.Search.MailSearch(alice.Store, network.Time).Find(new Core.Mailboxes.Search.SearchQuestion("canary")));
    }

    [Fact]
    public async Task What_the_account_knew_of_a_mail_comes_with_it()
    {
        await relay.BringAsync(alice, Lunch, flags: "FS");
        await relay.DeliverAsync();
        Assert.Equal(MessageFlags.Read | MessageFlags.Flagged, Assert.Single(alice.Mails()).Message.Row.Flags);
    }

    [Fact]
    public async Task What_the_owner_had_sent_from_his_account_shows_as_his_own_and_stays_so_when_the_index_is_made_anew()
    {
        await relay.BringAsync(alice, Lunch.Replace("dave@old.example>", "alice@alice.example>"), isSent: true);
        // The same From by SMTP is somebody's claim.
        await relay.BringAsync(alice, Lunch.Replace("Dave <dave@old.example>", "alice@alice.example").Replace("<1@", "<2@").Replace("lunch", "forged"));
        await relay.DeliverAsync();
        for (int round = 0; round < 2; round++)
        {
            Dictionary<string, bool> own = alice.Mails().ToDictionary(row => row.Message.Row.Subject, row => row.Message.Row.Flags.HasFlag(MessageFlags.Own));
            Assert.True(own["lunch"]);
            Assert.False(own["forged"]);
            Assert.True(new Verification(alice.Store, alice.Did).Run(repair: true, (_, _) => { }, CancellationToken.None).IsSound);
        }
    }

    [Fact]
    public async Task The_same_octets_by_two_ways_and_by_a_replay_are_one_mail()
    {
        await relay.BringAsync(alice, Lunch);
        await relay.BringAsync(alice, Lunch);
        OutgoingRow row = relay.Someone.Store.Read(tables => tables.Outgoing.For(alice.Did, 0, 1)[0]);
        List<Block> blocks = [.. relay.Someone.Outbox.BlocksOf(row)];
        await relay.DeliverAsync();
        Assert.True(Announcement.TryRead(Block.Create(Cid.DagCbor, row.Bytes), out Announcement? announcement, out _));
        Receipt again = await AnnounceAsync(announcement, blocks);
        Assert.Equal(Verdict.Stored, again.Verdict);
        Assert.Single(alice.Mails());
        Assert.Equal(1, alice.Store.Read(tables => tables.Threads.All().Sum(thread => thread.Count)));
    }

    [Fact]
    public async Task Neither_store_keeps_the_blocks_of_what_was_delivered_and_gc_leaves_what_waits()
    {
        network.Cut(alice);
        Cid parcel = await relay.BringAsync(alice, [.. Encoding.ASCII.GetBytes(Lunch), .. new byte[200_000]]);
        await relay.DeliverAsync();
        Assert.Equal(0, Collect(relay.Someone).Removed);
        network.Restore(alice);
        await relay.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, relay.Post.Find(parcel)!.State);
        Assert.Empty(relay.Someone.Store.Read(tables => tables.Blocks.List().ToList()));
        Assert.Equal(0, Collect(alice).Removed);
        Assert.False(alice.Store.Read(tables => tables.Blocks.Has(parcel)));
        Assert.Equal(200_000 + Lunch.Length, Assert.Single(alice.Mails()).Message.Row.Size);
    }

    [Fact]
    public async Task Nothing_that_lies_at_the_gateway_holds_a_word_of_the_mail()
    {
        network.Cut(alice);
        await relay.BringAsync(alice, Lunch);
        await relay.DeliverAsync();
        relay.Someone.Home.Dispose();
        foreach (string file in Directory.EnumerateFiles(relay.Someone.Folder))
        {
            string content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            Assert.DoesNotContain("canary", content, StringComparison.Ordinal);
            Assert.DoesNotContain("dave@old.example", content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_gateway_that_the_owner_did_not_enter_is_refused_with_a_reason_and_keeps_the_mail()
    {
        using var other = new Relay(network, "Other");
        other.Someone.Know(alice);
        alice.Know(other.Someone);
        Cid parcel = await other.BringAsync(alice, Lunch);
        SyncReport report = await other.DeliverAsync();
        Assert.Contains("only from gateways", Assert.Single(report.Failed).Reason);
        Assert.Equal(DeliveryState.Failed, other.Post.Find(parcel)!.State);
        Assert.Empty(alice.Mails());
        // Once he is entered the mail arrives: nothing was lost.
        other.Serve(alice);
        await other.DeliverAsync();
        Assert.Single(alice.Mails());
    }

    [Fact]
    public async Task Several_mails_in_one_parcel_are_filed_each_with_its_own_origin_and_flags()
    {
        DeliveredMail[] mails = [.. Enumerable.Range(0, 3).Select(i => relay.Mail(alice, Encoding.ASCII.GetBytes(Lunch.Replace("<1@", $"<{i}@")), isSent: i == 2) with { Flags = i == 1 ? "FS" : "" })];
        await relay.Post.PostAsync(alice.Did, new DeliveredMails(mails), TestContext.Current.CancellationToken);
        await relay.BringAsync(alice, Lunch.Replace("<1@", "<0@"));
        SyncReport report = await relay.DeliverAsync();

        Assert.Equal((2, 0), (report.Sent, report.Failed.Count));
        Assert.Equal(3, alice.Mails().Count);
        Assert.Single(alice.Mails(), mail => mail.Message.Row.Flags == (MessageFlags.Read | MessageFlags.Flagged));
        Assert.Empty(relay.Someone.Store.Read(tables => tables.Blocks.List().ToList()));
    }

    [Fact]
    public async Task One_origin_by_another_gateway_among_several_mails_lets_all_of_them_wait()
    {
        using var other = new Relay(network, "Other");
        DeliveredMail[] mails = [relay.Mail(alice, Encoding.ASCII.GetBytes(Lunch)), other.Mail(alice, Encoding.ASCII.GetBytes(Lunch.Replace("<1@", "<2@")))];
        await relay.Post.PostAsync(alice.Did, new DeliveredMails(mails), TestContext.Current.CancellationToken);
        SyncReport report = await relay.DeliverAsync();
        Assert.Contains("another gateway", Assert.Single(report.Failed).Reason);
        Assert.Empty(alice.Mails());
        Assert.NotEmpty(relay.Someone.Store.Read(tables => tables.Blocks.List().ToList()));
    }

    [Fact]
    public async Task A_gateway_that_is_let_go_brings_nothing_more()
    {
        alice.Store.Write(tables =>
        {
            Gateways.Enter(tables, [], alice.Did, network.Time.GetUtcNow());
            return true;
        });
        await relay.BringAsync(alice, Lunch);
        Assert.Single((await relay.DeliverAsync()).Failed);
        Assert.Empty(alice.Mails());
        Assert.Null(alice.Store.Read(tables => tables.Contacts.Find(relay.Did)));
    }

    [Fact]
    public async Task An_origin_by_another_gateway_does_not_count()
    {
        using var other = new Relay(network, "Other");
        await relay.Post.PostAsync(alice.Did, other.Mail(alice, Encoding.ASCII.GetBytes(Lunch)), TestContext.Current.CancellationToken);
        SyncReport report = await relay.DeliverAsync();
        Assert.Contains("another gateway", Assert.Single(report.Failed).Reason);
        Assert.Empty(alice.Mails());
    }

    [Fact]
    public async Task A_parcel_of_one_gateway_in_the_announcement_of_another_is_refused()
    {
        using var other = new Relay(network, "Other");
        other.Serve(alice);
        DeliveredMail mail = relay.Mail(alice, Encoding.ASCII.GetBytes(Lunch));
        SealedParcel parcel = Parcel.Create(relay.Someone.Identity, alice.Did, mail, 1, RandomSource.System);
        Receipt receipt = await AnnounceAsync(Announce(other.Someone, parcel), [parcel.Parcel.Block]);
        Assert.Contains("between others", receipt.Reason);
        SealedParcel elsewhere = Parcel.Create(other.Someone.Identity, relay.Did, other.Mail(alice, Encoding.ASCII.GetBytes(Lunch)), 1, RandomSource.System);
        receipt = await AnnounceAsync(Announce(other.Someone, elsewhere), [elsewhere.Parcel.Block]);
        Assert.Contains("between others", receipt.Reason);
        Assert.Empty(alice.Mails());
    }

    [Fact]
    public async Task A_person_without_an_endpoint_fetches_his_mail_from_the_gateway()
    {
        using var carol = new Someone("Carol", network, isReachable: false);
        relay.Serve(carol);
        for (int i = 0; i < 3; i++)
            await relay.BringAsync(carol, [.. Encoding.ASCII.GetBytes(Lunch.Replace("<1@", $"<{i}@")), .. new byte[70_000]]);
        await relay.DeliverAsync();
        SyncReport report = await carol.SyncAsync();
        Assert.Equal(3, report.Received);
        Assert.Equal(3, carol.Mails().Count);
        Assert.Empty(relay.Someone.Store.Read(tables => tables.Blocks.List().ToList()));
    }

    [Fact]
    public async Task Parcels_without_all_of_their_blocks_earn_no_receipt_and_are_sent_again()
    {
        SealedParcel parcel = Parcel.Create(relay.Someone.Identity, alice.Did, relay.Mail(alice, new byte[100_000]), 1, RandomSource.System);
        PeerException fault = await Assert.ThrowsAsync<PeerException>(() => AnnounceAsync(Announce(relay.Someone, parcel), [parcel.Parcel.Block]));
        Assert.Contains("all of its blocks", fault.Message);
    }

    [Fact]
    public async Task A_thousand_mails_come_in_few_syncs_of_the_disk()
    {
        for (int i = 0; i < 1_000; i += 50)
            await Task.WhenAll(Enumerable.Range(i, 50).Select(number => relay.BringAsync(alice, Lunch.Replace("<1@", $"<{number}@"))));
        SyncReport report = await relay.DeliverAsync();
        Assert.Equal((1_000, 0), (report.Sent, report.Failed.Count));
        Assert.Equal(1_000, alice.Store.Read(tables => tables.Threads.All().Sum(thread => thread.Count)));
    }

    private static CollectionReport Collect(Someone person) => new Collector(person.Store).Run((_, _) => { }, CancellationToken.None);

    private static Announcement Announce(Someone sender, SealedParcel parcel)
    {
        Card recipient = sender.Network.Find("Alice").Card;
        return Announcement.Issue(sender.Identity, sender.Card, recipient.Certificate, parcel.Cid, parcel.Cid, parcel.Key, 1, RandomSource.System);
    }

    private Task<Receipt> AnnounceAsync(Announcement announcement, IEnumerable<Block> blocks) =>
        new MemoryPeer(network, relay.Someone).AnnounceAsync(new PeerAddress(alice.Endpoint, alice.Did, true), announcement, blocks, CancellationToken.None);
}

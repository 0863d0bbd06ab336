using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Daemon.Tests.Fixtures;
using Defms.Serving.Upkeep;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Daemon.Tests.Hosts;

public sealed class HoldingTests
{
    [Fact]
    public async Task Two_who_are_never_online_together_converse_through_their_hosts_and_receipts_come_back()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        (Person alice, Person bob) = (couple.Alice, couple.Bob);
        Posted sent = alice.Send("Plans", [bob], RandomSource.System.Bytes(2 * 1024 * 1024));
        Assert.Equal(DeliveryState.Queued, alice.DeliveryTo(sent.Message, bob).State);
        Assert.Equal((1, 0), Counts(await alice.SyncAsync()));
        Assert.Equal(DeliveryState.Held, alice.DeliveryTo(sent.Message, bob).State);
        Assert.Equal((1, 0), Counts(await bob.SyncAsync(), received: true));
        Assert.Equal(alice.Mailbox.Octets(sent.Message), bob.Mailbox.Octets(sent.Message));
        Posted answer = bob.Reply(sent.Thread, "Thank you");
        await bob.SyncAsync();
        Assert.Equal(DeliveryState.Held, alice.DeliveryTo(sent.Message, bob).State);
        Assert.Equal((1, 0), Counts(await alice.SyncAsync(), received: true));
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, bob).State);
        Assert.Equal(alice.RootOf(sent.Thread), bob.RootOf(sent.Thread));
        await bob.SyncAsync();
        Assert.Equal(DeliveryState.Stored, bob.DeliveryTo(answer.Message, alice).State);
        // Each acknowledges with the next request what the last one brought.
        await alice.SyncAsync();
        await bob.SyncAsync();
        Assert.Equal((default, default), (couple.HisHost.HeldFor(bob), couple.HerHost.HeldFor(alice)));
    }

    [Fact]
    public async Task What_a_host_holds_tells_nothing_of_the_mail()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        couple.Alice.Send("Zauberlehrling", couple.Bob);
        await couple.Alice.SyncAsync();
        byte[][] words = [.. new[] { "Zauberlehrling", couple.Alice.Address, "Alice" }.Select(System.Text.Encoding.UTF8.GetBytes)];
        foreach (string file in Directory.GetFiles(couple.HisHost.HomeFolder))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.All(words, word => Assert.Equal(-1, bytes.AsSpan().IndexOf(word)));
        }
        Assert.NotEqual(0, couple.HisHost.HeldFor(couple.Bob).Items);
    }

    [Fact]
    public async Task The_same_announcement_again_earns_the_same_receipt_and_costs_nothing()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        couple.Alice.Send("Hello", couple.Bob);
        var mail = couple.Alice.Waiting(couple.Bob);
        Receipt first = await couple.Alice.AnnounceAsync(couple.HisHost, mail);
        HeldSum held = couple.HisHost.HeldFor(couple.Bob);
        Receipt again = await couple.Alice.AnnounceAsync(couple.HisHost, mail);
        Assert.Equal((Verdict.Held, couple.HisHost.Did), (first.Verdict, first.Signer.Identity));
        Assert.Equal(first.Block.Cid, again.Block.Cid);
        Assert.Equal((1, held), (held.Items, couple.HisHost.HeldFor(couple.Bob)));
    }

    [Fact]
    public async Task Blocks_that_nothing_links_to_are_not_held()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        couple.Alice.Send("Hello", couple.Bob);
        (Announcement announcement, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(couple.Bob);
        Block file = Block.Create(Cid.Raw, RandomSource.System.Bytes(500_000));
        Receipt receipt = await couple.Alice.AnnounceAsync(couple.HisHost, (announcement, [.. blocks, file]));
        Assert.Equal(Verdict.Held, receipt.Verdict);
        Assert.InRange(couple.HisHost.HeldFor(couple.Bob).Bytes, 1, 10_000);
    }

    [Fact]
    public async Task A_parcel_is_held_with_what_it_links_to()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Block chunk = Block.Create(Cid.Raw, RandomSource.System.Bytes(5_000)), other = Block.Create(Cid.Raw, RandomSource.System.Bytes(5_000));
        var writer = new DagCborWriter();
        writer.Map(1).Key("body"u8).Array(1).Link(chunk.Cid);
        Block parcel = Block.Create(Cid.DagCbor, writer.ToArray());
        Announcement announcement = Announcement.Issue(
            couple.Alice.Identity, couple.Alice.Card, couple.Bob.Card.Certificate, parcel.Cid, parcel.Cid, new byte[32], 0, RandomSource.System);
        Receipt part = await couple.Alice.AnnounceAsync(couple.HisHost, (announcement, [parcel]));
        Assert.Equal([chunk.Cid], part.Missing);
        Assert.Empty((await AskAsync(couple.Bob, couple.HisHost, RandomSource.System.Bytes(16), null)).Items);
        Receipt whole = await couple.Alice.AnnounceAsync(couple.HisHost, (announcement, [chunk, other]));
        Assert.Equal((Verdict.Held, 0), (whole.Verdict, whole.Missing.Count));
        using PeerStream stream = await couple.Bob.Peer.SyncAsync(couple.HisHost.Door, new SyncRequest { Device = new byte[16] }, CancellationToken.None);
        Assert.Equal([announcement.Block.Cid], (await HeadAsync(stream)).Items);
        var names = new List<Cid>();
        while (await stream.Blocks.NextAsync() is { } block)
            names.Add(block.Cid);
        Assert.Equal([announcement.Block.Cid, parcel.Cid, chunk.Cid], names);
    }

    [Fact]
    public async Task A_message_larger_than_one_request_is_held_whole_and_fetched_whole()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Posted sent = couple.Alice.Send("Film", [couple.Bob], RandomSource.System.Bytes((int)Outbox.MaxRequestBytes));
        Assert.Empty((await couple.Alice.SyncAsync()).Failed);
        Assert.Equal(DeliveryState.Held, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
        Assert.Equal((1, 0), Counts(await couple.Bob.SyncAsync(), received: true));
        Assert.Equal(couple.Alice.Mailbox.Octets(sent.Message), couple.Bob.Mailbox.Octets(sent.Message));
        await couple.Alice.SyncAsync();
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
    }

    [Fact]
    public async Task Nothing_goes_before_every_registered_machine_has_it()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Person bob = couple.Bob, host = couple.HisHost;
        couple.Alice.Send("Hello", bob);
        await couple.Alice.SyncAsync();
        byte[] laptop = RandomSource.System.Bytes(16), desktop = RandomSource.System.Bytes(16);
        SyncHead seen = await AskAsync(bob, host, laptop, null);
        await AskAsync(bob, host, desktop, null);
        await AskAsync(bob, host, laptop, seen.Cursor);
        Assert.Equal(1, host.HeldFor(bob).Items);
        await AskAsync(bob, host, desktop, seen.Cursor);
        Assert.Equal(default, host.HeldFor(bob));
        Assert.Empty((await AskAsync(bob, host, desktop, null)).Items);
    }

    [Fact]
    public async Task A_replica_stays_until_room_is_needed()
    {
        const int quota = 160_000;
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(quota, 30, Keeps: true));
        (Person alice, Person bob, Person host) = (couple.Alice, couple.Bob, couple.HisHost);
        for (int i = 0; i < 11; i++)
        {
            alice.Send($"number {i}", [bob], RandomSource.System.Bytes(10_000));
            await alice.SyncAsync();
            await bob.SyncAsync();
            Assert.InRange(host.HeldFor(bob).Bytes, 10_000, quota);
        }
        await bob.SyncAsync();
        Assert.InRange(host.HeldFor(bob).Items, 5, 9);
        Assert.Equal(11, bob.Store.Read(tables => tables.Threads.WithParty(alice.Did)).Count);
    }

    [Fact]
    public async Task What_nobody_fetches_goes_after_the_days_agreed_but_for_snapshots()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(HostingTerms.DefaultQuota, 7, Keeps: false));
        (Person alice, Person bob, Person host) = (couple.Alice, couple.Bob, couple.HisHost);
        alice.Send("one", bob);
        var first = alice.Waiting(bob);
        await alice.AnnounceAsync(host, first);
        alice.Send("two", bob);
        await alice.SyncAsync();
        int all = host.HeldFor(bob).Items;
        await bob.Peer.AskAsync(host.Door, new HostingRequest { Snapshots = [first.Announcement.Id.ToArray()] }, CancellationToken.None);
        var upkeep = new HoldingUpkeep(host.Store, host.Time, NullLogger.Instance);
        host.Time.Difference = TimeSpan.FromDays(6);
        Assert.Equal(0, upkeep.Run());
        host.Time.Difference = TimeSpan.FromDays(8);
        Assert.Equal(all - 1, upkeep.Run());
        Assert.Equal(1, host.HeldFor(bob).Items);
    }

    [Fact]
    public async Task Keys_that_were_replaced_fetch_nothing_and_make_all_machines_register_again()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Person bob = couple.Bob, host = couple.HisHost;
        couple.Alice.Send("Hello", bob);
        await couple.Alice.SyncAsync();
        byte[] lost = RandomSource.System.Bytes(16), kept = RandomSource.System.Bytes(16);
        await AskAsync(bob, host, lost, null);
        Identity old = bob.Identity;
        using var thief = new Core.Network.HttpPeer(old, bob.Time, RandomSource.System);
        bob.UseKeys(bob.NextEpoch());
        SyncHead seen = await AskAsync(bob, host, kept, null);
        Assert.Single(seen.Items);
        using (PeerStream stream = await thief.SyncAsync(host.Door, new SyncRequest { Device = lost }, CancellationToken.None))
            Assert.Empty((await HeadAsync(stream)).Items);
        await AskAsync(bob, host, kept, seen.Cursor);
        Assert.Equal(default, host.HeldFor(bob));
        old.Dispose();
    }

    [Fact]
    public async Task Nobody_else_is_shown_what_is_held()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.SyncAsync();
        Assert.Empty((await AskAsync(couple.Alice, couple.HisHost, RandomSource.System.Bytes(16), null)).Items);
        using PeerStream blocks = await couple.Alice.Peer.FetchAsync(couple.HisHost.Door, new WantList(sent.Thread, [sent.Thread]), CancellationToken.None);
        Assert.Null(await blocks.Blocks.NextAsync());
        using PeerStream his = await couple.Bob.Peer.FetchAsync(couple.HisHost.Door, new WantList(sent.Thread, [sent.Thread]), CancellationToken.None);
        Assert.Equal(sent.Thread, (await his.Blocks.NextAsync())!.Cid);
    }

    [Fact]
    public async Task A_host_answers_a_long_poll_when_something_comes()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Task<SyncHead> waiting = AskAsync(couple.Bob, couple.HisHost, RandomSource.System.Bytes(16), null, wait: 50);
        couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.SyncAsync();
        Assert.Single((await waiting.WaitAsync(TimeSpan.FromSeconds(40))).Items);
    }

    [Fact]
    public async Task Watching_waits_at_the_host_and_answers_with_a_receipt()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        using var stop = new CancellationTokenSource();
        var received = new TaskCompletionSource();
        Task watching = couple.Bob.Replicator.WatchAsync(report => { if (report.Received > 0) received.TrySetResult(); }, stop.Token);
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.SyncAsync();
        await received.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(1, couple.Bob.CountOf(sent.Thread));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    private static (int Count, int Failed) Counts(SyncReport report, bool received = false) => (received ? report.Received : report.Sent, report.Failed.Count);

    private static async Task<SyncHead> AskAsync(Person person, Person host, byte[] device, SyncCursor? cursor, int wait = 0)
    {
        using PeerStream stream = await person.Peer.SyncAsync(host.Door, new SyncRequest { Device = device, Cursor = cursor, WaitSeconds = wait }, CancellationToken.None);
        return await HeadAsync(stream);
    }

    private static async Task<SyncHead> HeadAsync(PeerStream stream)
    {
        Block first = (await stream.Blocks.NextAsync())!;
        Assert.True(SyncHead.TryRead(first, out SyncHead? head, out _));
        return head;
    }
}

using System.Net;
using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Core.Storage;
using Defms.Daemon.Tests.Fixtures;
using Defms.Serving.Peers;

namespace Defms.Daemon.Tests.Hosts;

/// <summary>Hosts that lie or fill up, and peers that flood them: contained, told, nothing lost.</summary>
public sealed class BadHostTests
{
    [Fact]
    public async Task A_host_that_claims_to_hold_and_shows_nothing_is_passed_by_after_a_day()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        (Person alice, Person bob) = (couple.Alice, couple.Bob);
        await using Person second = await Person.ReachableAsync("Hestia");
        await bob.JoinAsync(second);
        alice.Know(bob);
        Posted sent = alice.Send("Hello", bob);
        await alice.SyncAsync();
        couple.HisHost.Store.Write(tables => Drop(tables, bob.Did));
        Assert.Equal(0, (await bob.SyncAsync()).Received);
        await alice.SyncAsync();
        Assert.Equal((DeliveryState.Held, default), (alice.DeliveryTo(sent.Message, bob).State, second.HeldFor(bob)));
        alice.Time.Difference = Pauses.Held + TimeSpan.FromMinutes(1);
        await alice.SyncAsync();
        Assert.Equal(1, second.HeldFor(bob).Items);
        Assert.Equal(1, (await bob.SyncAsync()).Received);
        await alice.SyncAsync();
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, bob).State);
    }

    [Fact]
    public async Task What_a_host_only_claims_to_hold_is_overdue_after_a_day()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.SyncAsync();
        couple.HisHost.Store.Write(tables => Drop(tables, couple.Bob.Did));
        couple.Alice.Time.Difference = Pauses.Overdue + TimeSpan.FromMinutes(1);
        await couple.Alice.SyncAsync();
        long before = couple.Alice.Time.GetUtcNow().ToUnixTimeMilliseconds() - 1;
        DeliveryRow late = Assert.Single(couple.Alice.Store.Read(tables => tables.Deliveries.In(DeliveryState.Held, before + 1000, 10)));
        Assert.Equal(couple.Bob.Did, late.Identity);
        Assert.NotEqual(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
    }

    [Fact]
    public async Task A_host_that_withholds_chunks_is_told_of_and_the_sender_himself_still_delivers()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        (Person alice, Person bob) = (couple.Alice, couple.Bob);
        Posted sent = alice.Send("Picture", [bob], RandomSource.System.Bytes(1024 * 1024));
        await alice.SyncAsync();
        Alter(couple.HisHost, "DELETE FROM held_parts WHERE block = (SELECT max(id) FROM held_blocks)");
        Assert.Equal(1, (await bob.SyncAsync()).Received);
        Assert.Throws<MailboxException>(() => bob.Mailbox.Octets(sent.Message));
        await alice.SyncAsync();
        DeliveryRow delivery = alice.DeliveryTo(sent.Message, bob);
        Assert.Equal(DeliveryState.Held, delivery.State);
        Assert.Contains("did not hand over", delivery.Detail);
        await BecomeReachableAsync(bob, alice);
        await alice.DeliverAsync();
        Assert.Equal(alice.Mailbox.Octets(sent.Message), bob.Mailbox.Octets(sent.Message));
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, bob).State);
    }

    [Fact]
    public async Task A_host_that_alters_blocks_gains_nothing()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        (Person alice, Person bob) = (couple.Alice, couple.Bob);
        Posted sent = alice.Send("Picture", [bob], RandomSource.System.Bytes(300_000));
        await alice.SyncAsync();
        Alter(couple.HisHost, "UPDATE held_blocks SET data = zeroblob(length(data)) WHERE id = (SELECT max(id) FROM held_blocks)");
        Assert.Equal(1, (await bob.SyncAsync()).Received);
        Assert.Throws<MailboxException>(() => bob.Mailbox.Octets(sent.Message));
        Alter(couple.HisHost, "UPDATE outgoing SET bytes = zeroblob(length(bytes)) WHERE kind = 2");
        Assert.Equal(0, (await bob.SyncAsync(full: true)).Received);
        Assert.Equal(1, bob.CountOf(sent.Thread));
    }

    [Fact]
    public async Task A_host_that_replays_changes_nothing()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(HostingTerms.DefaultQuota, 30, Keeps: true));
        (Person alice, Person bob) = (couple.Alice, couple.Bob);
        Posted sent = alice.Send("Hello", bob);
        await alice.SyncAsync();
        await bob.SyncAsync();
        Cid? root = bob.RootOf(sent.Thread);
        for (int i = 0; i < 3; i++)
            Assert.Equal(0, (await bob.SyncAsync(full: true)).Received);
        await alice.SyncAsync();
        Assert.Equal(root, bob.RootOf(sent.Thread));
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(sent.Message, bob).State);
    }

    [Fact]
    public async Task A_host_that_refuses_in_the_recipients_name_does_not_count()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        couple.Alice.Send("Hello", couple.Bob);
        (Announcement announcement, _) = couple.Alice.Waiting(couple.Bob);
        Receipt stored = Receipt.Issue(couple.HisHost.Identity, announcement, Verdict.Stored, null, [], 0);
        Assert.False(stored.Counts(couple.Alice.Did, couple.Bob.Did, couple.HisHost.Did));
        await Assert.ThrowsAsync<PeerException>(() => couple.Alice.Peer.SendReceiptAsync(couple.HerHost.Door, stored, CancellationToken.None));
        Assert.Equal(default, couple.HerHost.HeldFor(couple.Alice));
    }

    [Fact]
    public async Task A_full_host_sends_the_mail_to_the_next_one()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(40_000, 30, Keeps: false));
        (Person alice, Person bob) = (couple.Alice, couple.Bob);
        await using Person second = await Person.ReachableAsync("Hestia");
        await bob.JoinAsync(second);
        alice.Know(bob);
        Posted large = alice.Send("Picture", [bob], RandomSource.System.Bytes(60_000));
        Assert.Empty((await alice.SyncAsync()).Failed);
        Assert.Equal((0, 1), (couple.HisHost.HeldFor(bob).Items, second.HeldFor(bob).Items));
        Assert.Equal(1, (await bob.SyncAsync()).Received);
        await alice.SyncAsync();
        Assert.Equal(DeliveryState.Stored, alice.DeliveryTo(large.Message, bob).State);
    }

    [Fact]
    public async Task A_full_host_alone_leaves_the_mail_queued_and_says_so()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(40_000, 30, Keeps: false));
        Posted large = couple.Alice.Send("Picture", [couple.Bob], RandomSource.System.Bytes(60_000));
        SyncReport report = await couple.Alice.SyncAsync();
        Assert.Contains("no more room", Assert.Single(report.Failed).Reason);
        Assert.Equal(DeliveryState.Queued, couple.Alice.DeliveryTo(large.Message, couple.Bob).State);
        Assert.Equal(default, couple.HisHost.HeldFor(couple.Bob));
    }

    [Fact]
    public async Task A_stranger_who_floods_leaves_room_for_others()
    {
        const int quota = 200_000;
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(quota, 30, Keeps: false));
        await using Person mallory = Person.Away("Mallory");
        mallory.Know(couple.Bob);
        for (int i = 0; i < 12; i++)
            mallory.Send($"flood {i}", [couple.Bob], RandomSource.System.Bytes(8_000));
        Assert.NotEmpty((await mallory.SyncAsync()).Failed);
        Assert.InRange(couple.HisHost.HeldFor(couple.Bob).Bytes, 10_000, quota / 4);
        Posted sent = couple.Alice.Send("Hello", couple.Bob);
        Assert.Empty((await couple.Alice.SyncAsync()).Failed);
        Assert.Equal(1, (await couple.Bob.SyncAsync()).Received);
        await couple.Alice.SyncAsync();
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
    }

    [Fact]
    public async Task Many_keys_from_one_network_do_not_multiply_the_room()
    {
        const int quota = 100_000;
        await using HostedCouple couple = await HostedCouple.MeetAsync(new HostingTerms(quota, 30, Keeps: false));
        int refused = 0;
        for (int i = 0; i < 5; i++)
        {
            await using Person mallory = Person.Away($"Mallory{i}");
            mallory.Know(couple.Bob);
            mallory.Send("flood", [couple.Bob], RandomSource.System.Bytes(14_000));
            refused += (await mallory.SyncAsync()).Failed.Count;
        }
        Assert.InRange(refused, 1, 4);
        Assert.InRange(couple.HisHost.HeldFor(couple.Bob).Bytes, 14_000, quota / 2);
    }

    [Fact]
    public async Task Whom_nobody_serves_is_held_for_by_nobody()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        await using Person carol = Person.Away("Carol");
        carol.Claim(couple.HisHost);
        couple.Alice.Know(carol);
        couple.Alice.Send("Hello", carol);
        Assert.Contains("403", Assert.Single((await couple.Alice.SyncAsync()).Failed).Reason);
        Assert.Equal(default, couple.HisHost.Store.Read(tables => tables.Held.All()));
    }

    [Fact]
    public async Task An_announcement_that_breaks_off_leaves_nothing()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        couple.Alice.Send("Picture", [couple.Bob], RandomSource.System.Bytes(9 * 1024 * 1024));
        (Announcement announcement, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(couple.Bob);
        byte[] car = await RawClient.PackAsync([announcement.Block.Cid], blocks.Prepend(announcement.Block));
        car[^1] ^= 1;
        using var client = new RawClient(couple.HisHost.Url);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.AnnounceAsync(car)).Status);
        Assert.Equal(default, couple.HisHost.Store.Read(tables => tables.Held.All()));
        Assert.Equal(0, Alter(couple.HisHost, "SELECT count(*) FROM held_blocks"));
    }

    [Fact]
    public async Task A_peer_has_one_answer_of_blocks_in_flight()
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        using var identity = Identity.From(seed);
        var turns = new Turns();
        IDisposable first = (await turns.EnterAsync(identity.Did, CancellationToken.None))!;
        using var cancel = new CancellationTokenSource();
        List<Task<IDisposable?>> waiting = [.. Enumerable.Range(0, 7).Select(_ => turns.EnterAsync(identity.Did, cancel.Token))];
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        Assert.Null(await turns.EnterAsync(identity.Did, CancellationToken.None));
        first.Dispose();
        Task<IDisposable?> next = await Task.WhenAny(waiting);
        (await next)!.Dispose();
        await cancel.CancelAsync();
        foreach (Task<IDisposable?> task in waiting.Where(task => task != next))
            await Release(task);
        (await turns.EnterAsync(identity.Did, CancellationToken.None))!.Dispose();
    }

    [Fact]
    public async Task More_wants_than_fit_one_request_are_refused()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        Assert.Throws<InvalidOperationException>(() => new WantList(default, new Cid[WantList.MaxBlocks + 1]).Encode());
        byte[] body = RandomSource.System.Bytes(PeerProtocol.MaxWantListLength + 1);
        using var client = new RawClient(couple.HisHost.Url);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync(PeerProtocol.BlocksPath, body, PeerProtocol.DagCborType)).Status);
    }

    private static async Task Release(Task<IDisposable?> task)
    {
        try
        {
            (await task)?.Dispose();
        }
        catch (OperationCanceledException)
        {
            // Left the line.
        }
    }

    private static bool Drop(IReplicationTables tables, Did recipient)
    {
        tables.Held.RemoveAll(recipient);
        return true;
    }

    private static async Task BecomeReachableAsync(Person bob, Person alice)
    {
        await bob.StartServerAsync();
        bob.SetProfile(profile => profile with { Endpoints = [.. profile.Endpoints, new Endpoint(bob.Url, bob.Did)] });
        alice.Know(bob);
    }

    /// <summary>What a lying host does to its own store; the first value of a query.</summary>
    private static long Alter(Person host, string sql)
    {
        using SqliteConnection db = SqliteConnection.Open(Path.Combine(host.HomeFolder, "store.db"), SqliteOpenMode.ReadWrite);
        db.SetBusyTimeout(TimeSpan.FromSeconds(30));
        return db.ScalarLong(sql) ?? 0;
    }
}

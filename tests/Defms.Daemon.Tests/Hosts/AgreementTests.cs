using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests.Hosts;

public sealed class AgreementTests
{
    [Fact]
    public async Task An_invitation_puts_the_host_on_the_card_and_says_what_was_agreed()
    {
        await using Person host = await Person.ReachableAsync("Hermes");
        await using Person bob = Person.Away("Bob");
        int seq = bob.Card.Seq;
        HostRow row = await bob.JoinAsync(host, new HostingTerms(5_000_000, 9, Keeps: false));
        Assert.Equal((5_000_000, 9, 0L, 0), (row.Quota, row.Days, row.Used, row.Items));
        Assert.Equal([new Endpoint(host.Url, host.Did)], bob.Card.Endpoints);
        Assert.Equal(seq + 1, bob.Card.Seq);
        ServedRow served = host.Store.Read(tables => tables.Served.Find(bob.Did))!;
        Assert.Equal("Bob", served.Name);
    }

    [Fact]
    public async Task An_invitation_is_good_once_and_for_its_time()
    {
        await using Person host = await Person.ReachableAsync("Hermes");
        await using Person bob = Person.Away("Bob");
        await using Person mallory = Person.Away("Mallory");
        byte[] token = new HostingDesk(host.Store, host.Time).Invite(null, HostingTerms.Default, TimeSpan.FromDays(1), RandomSource.System);
        byte[] late = new HostingDesk(host.Store, host.Time).Invite(null, HostingTerms.Default, TimeSpan.FromMinutes(1), RandomSource.System);
        await AddAsync(bob, host, token);
        Assert.Equal(PeerFault.Refused, (await Assert.ThrowsAsync<PeerException>(() => AddAsync(mallory, host, token))).Fault);
        host.Time.Difference = TimeSpan.FromMinutes(2);
        Assert.Contains("invitation", (await Assert.ThrowsAsync<PeerException>(() => AddAsync(mallory, host, late))).Message);
        Assert.Contains("agreement", (await Assert.ThrowsAsync<PeerException>(() => AddAsync(mallory, host, null))).Message);
        Assert.Empty(mallory.Card.Endpoints);
        Assert.Single(host.Store.Read(tables => tables.Served.List()));
    }

    [Fact]
    public async Task Whoever_reads_the_hosts_store_can_use_no_invitation()
    {
        await using Person host = await Person.ReachableAsync("Hermes");
        byte[] token = new HostingDesk(host.Store, host.Time).Invite(null, HostingTerms.Default, TimeSpan.FromDays(1), RandomSource.System);
        Assert.Null(host.Store.Write(tables => tables.Invitations.Take(token, 0)));
        Assert.NotNull(host.Store.Write(tables => tables.Invitations.Take(InvitationToken.HashOf(token), 0)));
        Assert.True(InvitationToken.TryParse(InvitationToken.ToText(token).ToUpperInvariant(), out byte[] read));
        Assert.Equal(token, read);
    }

    [Fact]
    public async Task A_host_that_was_told_whom_to_serve_needs_no_invitation_and_no_card()
    {
        await using Person host = await Person.ReachableAsync("Hermes");
        await using Person alice = Person.Away("Alice");
        await using Person bob = Person.Away("Bob");
        new HostingDesk(host.Store, host.Time).Serve(bob.Did, null, null);
        bob.Claim(host);
        alice.Know(bob);
        bob.Know(alice);
        Posted sent = alice.Send("Hello", bob);
        await alice.SyncAsync();
        Assert.Equal(DeliveryState.Held, alice.DeliveryTo(sent.Message, bob).State);
        Assert.Equal(1, (await bob.SyncAsync()).Received);
    }

    [Fact]
    public async Task Leaving_takes_the_host_off_the_card_and_lets_all_go_there()
    {
        await using HostedCouple couple = await HostedCouple.MeetAsync();
        couple.Alice.Send("Hello", couple.Bob);
        await couple.Alice.SyncAsync();
        HostRow row = Assert.Single(couple.Bob.Store.Read(tables => tables.Hosts.List()));
        Assert.Null(await couple.Bob.HostBook().RemoveAsync(couple.Bob.Peer, row, CancellationToken.None));
        Assert.Empty(couple.Bob.Card.Endpoints);
        Assert.Equal(default, couple.HisHost.HeldFor(couple.Bob));
        Assert.Equal(default, couple.HisHost.Store.Read(tables => tables.Held.All()));
        Posted second = couple.Alice.Send("Are you there?", couple.Bob);
        SyncReport report = await couple.Alice.SyncAsync();
        Assert.Equal(DeliveryState.Queued, couple.Alice.DeliveryTo(second.Message, couple.Bob).State);
        Assert.Contains("403", Assert.Single(report.Failed).Reason);
    }

    [Fact]
    public async Task One_is_no_host_of_himself()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        await Assert.ThrowsAsync<MailboxException>(() => AddAsync(bob, bob, null));
    }

    [Fact]
    public async Task A_host_that_cannot_be_reached_changes_nothing()
    {
        await using Person host = await Person.ReachableAsync("Hermes");
        await using Person bob = Person.Away("Bob");
        await host.StopServerAsync();
        Assert.Equal(PeerFault.Unreachable, (await Assert.ThrowsAsync<PeerException>(() => AddAsync(bob, host, null))).Fault);
        Assert.Empty(bob.Card.Endpoints);
        Assert.Empty(bob.Store.Read(tables => tables.Hosts.List()));
    }

    private static Task<HostRow> AddAsync(Person person, Person host, byte[]? token) =>
        person.HostBook().AddAsync(person.Peer, new Endpoint(host.Url, host.Did), host.Name, token, CancellationToken.None);
}

using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Devices;

/// <summary>Two machines of Alice's that nobody reaches and that never speak to each other, and a host of hers.</summary>
public sealed class OwnHostTests : IAsyncLifetime
{
    private readonly MemoryNetwork network = new();
    private readonly Someone host;
    private readonly Someone bob;
    private readonly Someone desk;
    private readonly Someone laptop;

    public OwnHostTests()
    {
        host = new Someone("Host", network);
        bob = new Someone("Bob", network);
        desk = new Someone("Alice", network, isReachable: false);
        bob.Know(desk);
        desk.Know(bob);
        laptop = new Someone(desk, "laptop");
        network.Cut(desk);
        network.Cut(laptop);
    }

    public async ValueTask InitializeAsync()
    {
        new HostingDesk(host.Store, network.Time).Serve(desk.Did, "Alice", null);
        await AddHostAsync(desk);
        await AddHostAsync(laptop);
    }

    public ValueTask DisposeAsync()
    {
        foreach (Someone machine in new[] { host, bob, desk, laptop })
            machine.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Sent_mail_with_its_attachment_comes_to_the_other_by_way_of_the_host()
    {
        Posted mail = desk.Send("Large", [bob], attachment: RandomSource.System.Bytes(2_000_000));
        Assert.Empty((await desk.SyncAsync()).Failed);
        Assert.Empty((await laptop.SyncAsync()).Failed);
        Assert.Equal(desk.RootOf(mail.Thread), laptop.RootOf(mail.Thread));
        Assert.Equal(desk.Mailbox.Octets(mail.Message), laptop.Mailbox.Octets(mail.Message));
        Assert.True(laptop.Store.Read(tables => tables.Messages.Find(mail.Message))!.Flags.HasFlag(MessageFlags.Own));
    }

    [Fact]
    public async Task Contacts_and_read_state_converge_in_both_directions()
    {
        Posted mail = desk.Send("Hello", [bob]);
        await desk.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(bob.Card, laptop.Store.Read(tables => tables.Contacts.Find(bob.Did))!.Card);
        using var carol = new Someone("Carol", network);
        laptop.Know(carol);
        laptop.Store.Write(tables => { tables.Messages.SetFlags([tables.Messages.Find(mail.Message)!.Id], MessageFlags.Flagged, MessageFlags.None); return true; });
        await laptop.SyncAsync();
        await desk.SyncAsync();
        Assert.NotNull(desk.Store.Read(tables => tables.Contacts.Find(carol.Did)));
        Assert.True(desk.Store.Read(tables => tables.Messages.Find(mail.Message))!.Flags.HasFlag(MessageFlags.Flagged));
    }

    [Fact]
    public async Task Nothing_is_echoed_and_idle_machines_leave_nothing_more()
    {
        desk.Send("Hello", [bob]);
        for (int i = 0; i < 3; i++)
        {
            await desk.SyncAsync();
            await laptop.SyncAsync();
        }
        (network.Announcements, network.Bytes) = (0, 0);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, (await desk.SyncAsync()).Received);
            Assert.Equal(0, (await laptop.SyncAsync()).Received);
        }
        Assert.Equal(0, network.Announcements);
        Assert.InRange(network.Bytes, 0, 4000);
    }

    [Fact]
    public async Task Mail_goes_from_the_host_when_the_other_has_it_though_the_one_that_left_it_is_away_and_the_records_stay()
    {
        desk.Send("Hello", [bob]);
        await desk.SyncAsync();
        int left = host.Store.Read(tables => tables.Held.Of(desk.Did)).Items;
        await laptop.SyncAsync();
        network.Time.Advance(HandOver.KeepOwn + TimeSpan.FromMinutes(1));
        await laptop.SyncAsync();
        int kept = host.Store.Read(tables => tables.Held.Of(desk.Did)).Items;
        int named = desk.Store.Read(tables => tables.OwnHosts.Find(host.Did))!.Kept.Count;
        Assert.InRange(named, 1, left - 1);
        Assert.Equal(named, kept);
    }

    [Fact]
    public async Task What_is_left_waits_for_a_machine_that_has_never_asked()
    {
        Posted mail = desk.Send("Hello", [bob]);
        await desk.SyncAsync();
        network.Time.Advance(TimeSpan.FromDays(1));
        await desk.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(desk.RootOf(mail.Thread), laptop.RootOf(mail.Thread));
    }

    [Fact]
    public async Task After_a_loss_the_host_alone_brings_the_contacts_and_they_give_the_mail_back()
    {
        Posted mail = desk.Send("Hello", [bob]);
        await desk.SyncAsync();
        await laptop.SyncAsync();
        network.Time.Advance(TimeSpan.FromDays(100));
        await laptop.SyncAsync();
        ExpireAtHost();
        using Someone alice = Recovered();
        SyncReport report = await alice.SyncAsync();
        Assert.Empty(report.Failed);
        Assert.NotNull(alice.Store.Read(tables => tables.Contacts.Find(bob.Did)));
        Assert.Equal(bob.RootOf(mail.Thread), alice.RootOf(mail.Thread));
    }

    [Fact]
    public async Task Whoever_has_the_old_keys_leaves_nothing_more_once_the_new_were_seen()
    {
        await desk.SyncAsync();
        using Someone alice = Recovered();
        await alice.SyncAsync();
        Posted stolen = desk.Send("It was me", [bob]);
        SyncReport report = await desk.SyncAsync();
        Assert.Contains(report.Failed, failure => failure.Reason.Contains("replaced"));
        await alice.SyncAsync();
        Assert.Null(alice.RootOf(stolen.Thread));
    }

    [Fact]
    public async Task Earlier_keys_are_not_believed_where_no_recovery_is_under_way()
    {
        Posted mail = desk.Send("Hello", [bob]);
        network.Cut(bob);
        await desk.SyncAsync();
        using Someone alice = Recovered();
        alice.Store.Write(tables => { RecoveryHosts.Done(tables, host.Did); return true; });
        Assert.Equal(0, (await alice.SyncAsync()).Received);
        Assert.Null(alice.RootOf(mail.Thread));
    }

    private Someone Recovered()
    {
        var alice = new Someone(desk, "new", epoch: 1);
        alice.Store.Write(tables =>
        {
            RecoveryHosts.Begin(tables, [host.Did]);
            return true;
        });
        alice.SetProfile(profile => profile with { Endpoints = [new Endpoint(host.Endpoint, host.Did)] });
        return alice;
    }

    private void ExpireAtHost() => host.Store.Write(tables => HandOver.Expire(tables, tables.Served.Find(desk.Did)!, network.Time.GetUtcNow().ToUnixTimeMilliseconds()));

    private async Task AddHostAsync(Someone machine)
    {
        await new HostBook(machine.Store, machine.Identity, network.Time)
            .AddAsync(new MemoryPeer(network, machine), new Endpoint(host.Endpoint, host.Did), "Host", null, CancellationToken.None);
    }
}

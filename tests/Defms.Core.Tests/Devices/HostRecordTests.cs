using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Devices;

/// <summary>What one machine of Alice's agrees with a host, her other one knows.</summary>
public sealed class HostRecordTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone host;
    private readonly Someone other;
    private readonly Someone bob;
    private readonly Someone desk;
    private readonly Someone laptop;

    public HostRecordTests()
    {
        host = new Someone("Host", network);
        other = new Someone("Other", network);
        bob = new Someone("Bob", network);
        desk = new Someone("Alice", network);
        laptop = new Someone(desk, "laptop");
        foreach (Someone each in new[] { host, other })
            new HostingDesk(each.Store, network.Time).Serve(desk.Did, "Alice", null);
    }

    public void Dispose()
    {
        foreach (Someone machine in new[] { host, other, bob, desk, laptop })
            machine.Dispose();
    }

    [Fact]
    public async Task A_host_that_one_machine_added_is_asked_by_the_other_within_the_same_sync()
    {
        await AddAsync(desk, host);
        bob.Know(desk);
        desk.Know(bob);
        await desk.SyncAsync();
        network.Cut(desk);
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        Assert.Equal(DeliveryState.Held, bob.StateOf(mail.Message, desk));
        network.Restore(desk);
        await laptop.SyncAsync();
        Assert.Equal(["Host"], HostsOf(laptop));
        Assert.Contains(laptop.Card.Endpoints, endpoint => endpoint.Identity == host.Did);
        Assert.NotNull(laptop.RootOf(mail.Thread));
    }

    [Fact]
    public async Task Hosts_added_apart_are_all_asked_and_all_on_the_card_though_only_one_of_two_cards_was_kept()
    {
        await AddAsync(desk, host);
        await AddAsync(laptop, other);
        Assert.Equal(desk.Card.Profile!.Seq, laptop.Card.Profile!.Seq);
        for (int i = 0; i < 3; i++)
        {
            await laptop.SyncAsync();
            await desk.SyncAsync();
        }
        foreach (Someone machine in new[] { desk, laptop })
        {
            Assert.Equal(["Host", "Other"], HostsOf(machine));
            Assert.Empty(new[] { host.Did, other.Did, desk.Did }.Except(machine.Card.Endpoints.Select(endpoint => endpoint.Identity)));
        }
        Assert.Equal(desk.Card, laptop.Card);
    }

    [Fact]
    public async Task A_host_that_one_machine_removed_is_let_go_of_by_the_other()
    {
        await AddAsync(desk, host);
        await laptop.SyncAsync();
        network.Time.Advance(TimeSpan.FromMinutes(1));
        HostRow row = laptop.Store.Read(tables => tables.Hosts.Find(host.Did))!;
        Assert.Null(await Book(laptop).RemoveAsync(new MemoryPeer(network, laptop), row, CancellationToken.None));
        await laptop.SyncAsync();
        await desk.SyncAsync();
        Assert.Empty(HostsOf(desk));
        Assert.DoesNotContain(desk.Card.Endpoints, endpoint => endpoint.Identity == host.Did);
        Assert.Empty(desk.Store.Read(HostBook.AddressesOf));
    }

    [Fact]
    public async Task A_host_that_was_added_before_there_were_records_is_told_with_the_next_sync()
    {
        await AddAsync(desk, host);
        desk.Store.Write(tables => { tables.Records.Clear(); return true; });
        await desk.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(["Host"], HostsOf(laptop));
    }

    [Theory]
    [InlineData("host nobody", "http://host.test Host")]
    [InlineData("host HOST", "ftp://host.test Host")]
    [InlineData("host HOST", "nonsense")]
    public async Task A_record_that_names_no_host_has_no_effect(string key, string value)
    {
        desk.Store.Write(tables =>
        {
            Defms.Core.Mailboxes.Records.RecordBook.Set(tables, key.Replace("HOST", host.Did.ToString()), value, network.Time.GetUtcNow().ToUnixTimeMilliseconds());
            return true;
        });
        Card before = desk.Card;
        Assert.Empty((await desk.SyncAsync()).Failed);
        Assert.Empty(HostsOf(desk));
        Assert.Equal(before, desk.Card);
    }

    private HostBook Book(Someone machine) => new(machine.Store, machine.Identity, network.Time);

    private Task<HostRow> AddAsync(Someone machine, Someone added) =>
        Book(machine).AddAsync(new MemoryPeer(network, machine), new Endpoint(added.Endpoint, added.Did), added.Name, null, CancellationToken.None);

    private static IEnumerable<string> HostsOf(Someone machine) => machine.Store.Read(tables => tables.Hosts.List()).Select(row => row.Name).Order();
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Replication;

/// <summary>One person's machines: one with an endpoint, one that only asks, and another person.</summary>
public sealed class OwnMachinesTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone desk;
    private readonly Someone laptop;
    private readonly Someone bob;

    public OwnMachinesTests()
    {
        desk = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        desk.Know(bob);
        bob.Know(desk);
        laptop = new Someone(desk, "laptop");
        laptop.Know(bob);
    }

    public void Dispose()
    {
        foreach (Someone machine in new[] { desk, laptop, bob })
            machine.Dispose();
    }

    [Fact]
    public async Task What_one_machine_receives_the_other_has_after_its_next_sync()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        SyncReport report = await laptop.SyncAsync();
        Assert.Equal((1, 0), (report.Received, report.Failed.Count));
        Assert.Equal(desk.RootOf(mail.Thread), laptop.RootOf(mail.Thread));
        Assert.Equal(desk.Mailbox.Octets(mail.Message), laptop.Mailbox.Octets(mail.Message));
    }

    [Fact]
    public async Task What_is_sent_from_a_machine_that_nobody_reaches_is_told_to_the_other()
    {
        Posted mail = laptop.Send("From the train", [bob]);
        await laptop.SyncAsync();
        Assert.Equal(DeliveryState.Stored, laptop.StateOf(mail.Message, bob));
        Assert.Equal(laptop.RootOf(mail.Thread), desk.RootOf(mail.Thread));
        Assert.True(desk.Store.Read(tables => tables.Messages.Find(mail.Message))!.Flags.HasFlag(MessageFlags.Own));
    }

    [Fact]
    public async Task Both_write_in_one_thread_while_apart_and_end_under_one_root()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        desk.Reply(mail.Thread, "from the desk");
        laptop.Reply(mail.Thread, "from the laptop");
        await desk.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(3, desk.CountOf(mail.Thread));
        Assert.Equal(desk.RootOf(mail.Thread), laptop.RootOf(mail.Thread));
        Assert.Equal(desk.RootOf(mail.Thread), bob.RootOf(mail.Thread));
    }

    [Fact]
    public async Task A_machine_is_not_told_what_it_has_brought()
    {
        laptop.Send("Large", [bob], attachment: RandomSource.System.Bytes(2_000_000));
        await laptop.SyncAsync();
        network.Bytes = 0;
        network.Announcements = 0;
        await laptop.SyncAsync();
        await laptop.SyncAsync();
        Assert.Equal(0, network.Announcements);
        Assert.InRange(network.Bytes, 0, 2000);
    }

    [Fact]
    public async Task Own_announcements_leave_nothing_behind()
    {
        bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        laptop.Send("Hello too", [bob]);
        await laptop.SyncAsync();
        Assert.Equal(0, laptop.Store.Read(tables => tables.Outgoing.Count()));
        Assert.Equal(0, desk.Store.Read(tables => tables.Outgoing.Count()));
    }

    [Fact]
    public async Task Catching_up_one_message_among_many_threads_is_little()
    {
        for (int i = 0; i < 300; i++)
            bob.Send($"Number {i}", [desk]);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        Assert.Equal(Threads(desk), Threads(laptop));
        Posted last = bob.Send("One more", [desk]);
        await bob.DeliverAsync();
        network.Bytes = 0;
        await laptop.SyncAsync();
        Assert.NotNull(laptop.RootOf(last.Thread));
        Assert.InRange(network.Bytes, 1, 8 * 1024);
    }

    [Fact]
    public async Task Equal_mailboxes_are_compared_by_digests()
    {
        for (int i = 0; i < 300; i++)
            bob.Send($"Number {i}", [desk]);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        network.Bytes = 0;
        Assert.Equal(0, (await laptop.SyncAsync(full: true)).Received);
        Assert.InRange(network.Bytes, 1, 8 * 1024);
    }

    [Fact]
    public async Task A_full_sync_heals_what_either_machine_has_lost_sight_of()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        Posted own = laptop.Send("Mine", [bob]);
        SkipAll(laptop, of: desk);
        Assert.Equal(0, (await laptop.SyncAsync()).Received);
        Assert.Null(desk.RootOf(own.Thread));
        await laptop.SyncAsync(full: true);
        Assert.Equal(desk.RootOf(mail.Thread), laptop.RootOf(mail.Thread));
        Assert.Equal(desk.RootOf(own.Thread), laptop.RootOf(own.Thread));
    }

    [Fact]
    public async Task A_third_machine_learns_from_the_one_in_the_middle()
    {
        using var tablet = new Someone(desk, "tablet");
        Posted mail = laptop.Send("Hello", [bob]);
        await laptop.SyncAsync();
        await tablet.SyncAsync();
        Assert.Equal(laptop.RootOf(mail.Thread), tablet.RootOf(mail.Thread));
    }

    [Fact]
    public async Task Two_machines_that_are_both_reached_do_not_talk_for_ever()
    {
        using var second = new Someone(desk, "second", isReachable: true);
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        await second.SyncAsync();
        await desk.SyncAsync();
        Assert.Equal(desk.RootOf(mail.Thread), second.RootOf(mail.Thread));
        network.Announcements = 0;
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, (await second.SyncAsync()).Received);
            Assert.Equal(0, (await desk.SyncAsync()).Received);
        }
        Assert.Equal(0, network.Announcements);
    }

    [Fact]
    public async Task The_card_that_one_machine_changes_the_other_has_too()
    {
        desk.SetProfile(profile => profile with { Name = "Alice Two" });
        bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        await laptop.SyncAsync();
        Assert.Equal("Alice Two", laptop.Card.Name);
    }

    [Fact]
    public async Task A_machine_with_replaced_keys_gets_nothing_and_is_not_believed()
    {
        Posted mail = bob.Send("Hello", [desk]);
        await bob.DeliverAsync();
        desk.UseKeys(desk.KeysOf(1));
        SyncReport report = await laptop.SyncAsync();
        Assert.Equal(0, report.Received);
        Assert.Null(laptop.RootOf(mail.Thread));
        Posted stolen = laptop.Send("It was me", [bob]);
        report = await laptop.SyncAsync();
        Assert.Contains(report.Failed, failure => failure.Reason.Contains("replaced"));
        Assert.Null(desk.RootOf(stolen.Thread));
    }

    private static int Threads(Someone person) => person.Store.Read(tables => tables.Threads.WithParty(person.Did).Count);

    /// <summary>As if everything had been exchanged already.</summary>
    private static void SkipAll(Someone machine, Someone of) => machine.Store.Write(tables =>
    {
        var cursor = new SyncCursor(of.Store.Read(others => others.Settings.GetBytes(StoreSettings.Epoch))!, of.Store.Read(others => others.OwnChanges.Last()));
        tables.OwnMachines.Put(new OwnMachineRow(of.Endpoint.AbsoluteUri.TrimEnd('/'), cursor, tables.OwnChanges.Last(), []));
        return true;
    });
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Replication;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Rot;

/// <summary>What rots while nobody but a host or another machine of one's own can be asked.</summary>
public sealed class RotHostTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly SeededRandomSource random = new(TestSeed.First);
    private readonly Someone host;
    private readonly Someone bob;
    private readonly Someone alice;

    public RotHostTests()
    {
        host = new Someone("Host", network);
        bob = new Someone("Bob", network);
        alice = new Someone("Alice", network, isReachable: false);
        bob.Know(alice);
        alice.Know(bob);
    }

    public void Dispose()
    {
        foreach (Someone person in new[] { host, bob, alice })
            person.Dispose();
    }

    [Fact]
    public async Task A_host_that_keeps_copies_gives_back_what_rotted_while_the_other_party_is_away()
    {
        await ServeAliceAsync();
        Posted sent = bob.Send("Kept by a host", [alice], attachment: random.Bytes(600_000));
        Assert.Empty((await bob.SyncAsync()).Failed);
        await alice.SyncAsync();
        Assert.Equal(bob.RootOf(sent.Thread), alice.RootOf(sent.Thread));
        network.Cut(bob);
        await HealsAsync(alice, sent);
    }

    [Fact]
    public async Task Another_machine_of_ones_own_gives_back_what_rotted()
    {
        using var laptop = new Someone(bob, "laptop");
        laptop.Know(alice);
        Posted sent = laptop.Send("On both machines", [alice], attachment: random.Bytes(600_000));
        await laptop.SyncAsync();
        Assert.Equal(bob.RootOf(sent.Thread), laptop.RootOf(sent.Thread));
        await HealsAsync(laptop, sent);
    }

    [Fact]
    public async Task A_hosts_rotten_block_goes_to_nobody_and_comes_from_the_sender_instead()
    {
        await ServeAliceAsync();
        Posted sent = bob.Send("Rots at the host", [alice], attachment: random.Bytes(600_000));
        Assert.Empty((await bob.SyncAsync()).Failed);
        host.Restart(BitRot.InHeldRows);
        network.Cut(bob);
        await alice.SyncAsync();
        Assert.Equal(MessageFlags.Incomplete, alice.Store.Read(tables => tables.Messages.Find(sent.Message))!.Flags);
        network.Restore(bob);
        await alice.SyncAsync();
        Assert.Equal(bob.Mailbox.Octets(sent.Message), alice.Mailbox.Octets(sent.Message));
    }

    [Fact]
    public async Task Whatever_rots_at_a_host_is_found_there_and_its_sender_brings_it_again()
    {
        await ServeAliceAsync();
        Posted sent = bob.Send("Rots at the host", [alice], attachment: random.Bytes(600_000));
        Assert.Empty((await bob.SyncAsync()).Failed);
        Assert.Empty(VerifyHeld(repair: false));
        host.Restart(BitRot.InAllHeldRows);
        IReadOnlyList<string> faults = VerifyHeld(repair: false);
        Assert.InRange(faults.Count, 5, 12);
        Assert.All(faults, fault => Assert.Contains("held for Alice", fault, StringComparison.Ordinal));
        Assert.Equal(faults, VerifyHeld(repair: true));
        Assert.Empty(VerifyHeld(repair: false));

        network.Time.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await bob.SyncAsync()).Failed);
        network.Cut(bob);
        await alice.SyncAsync();
        Assert.Equal(bob.Mailbox.Octets(sent.Message), alice.Mailbox.Octets(sent.Message));
    }

    [Fact]
    public async Task An_announcement_that_rots_at_a_host_is_found_there_and_its_sender_brings_it_again()
    {
        await ServeAliceAsync();
        Posted sent = bob.Send("Rots at the host", [alice]);
        Assert.Empty((await bob.SyncAsync()).Failed);
        host.Restart(path => BitRot.InOutgoing(path, OutgoingKind.HeldAnnouncement));
        Assert.Contains("for Alice is damaged", Assert.Single(VerifyHeld(repair: false)), StringComparison.Ordinal);
        Assert.Single(VerifyHeld(repair: true));
        Assert.Empty(VerifyHeld(repair: false));

        network.Time.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await bob.SyncAsync()).Failed);
        network.Cut(bob);
        await alice.SyncAsync();
        Assert.Equal(bob.Mailbox.Octets(sent.Message), alice.Mailbox.Octets(sent.Message));
    }

    private IReadOnlyList<string> VerifyHeld(bool repair) => new HeldVerification(host.Store).Run(repair, _ => { }, TestContext.Current.CancellationToken).Faults;

    private async Task ServeAliceAsync()
    {
        new HostingDesk(host.Store, network.Time).Serve(alice.Did, "Alice", HostingTerms.Default with { Keeps = true });
        await new HostBook(alice.Store, alice.Identity, network.Time)
            .AddAsync(new MemoryPeer(network, alice), new Endpoint(host.Endpoint, host.Did), "Host", null, CancellationToken.None);
        bob.Know(alice);
    }

    private async Task HealsAsync(Someone person, Posted sent)
    {
        byte[] octets = person.Mailbox.Octets(sent.Message);
        List<Block> blocks = person.Store.Read(tables => tables.Blocks.List().ToList().Select(cid => tables.Blocks.Find(cid)!)
            .Where(block => block.Cid == sent.Thread || block.Cid == sent.Message || block.Cid.Codec == Cid.Raw).ToList());
        Assert.InRange(blocks.Count, 4, 10);
        person.Restart(path => BitRot.InRows(path, blocks, random));
        Assert.False(Verify(person, repair: true).IsSound);
        await person.SyncAsync();
        Assert.Empty(Verify(person, repair: false).Faults);
        Assert.Equal(octets, person.Mailbox.Octets(sent.Message));
    }

    private static VerificationReport Verify(Someone person, bool repair) =>
        new Verification(person.Store, person.Did).Run(repair, (_, _) => { }, TestContext.Current.CancellationToken);
}

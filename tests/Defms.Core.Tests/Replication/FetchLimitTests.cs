using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Replication;

public sealed class FetchLimitTests
{
    [Fact]
    public async Task Large_mail_stays_with_the_others_until_it_is_wanted()
    {
        var network = new MemoryNetwork();
        using var alice = new Someone("Alice", network);
        using var bob = new Someone("Bob", network, isReachable: false);
        alice.Know(bob);
        bob.Know(alice);
        SetLimit(bob, 100_000);
        Posted large = alice.Send("Large", [bob], attachment: new byte[400_000]);
        Posted small = alice.Send("Small", [bob]);

        await bob.SyncAsync();

        Assert.NotEmpty(Missing(bob, large));
        Assert.Empty(Missing(bob, small));
        Assert.Empty(bob.Store.Read(tables => FetchLimit.AllWanted(tables, 10)));
        await bob.SyncAsync(full: true);
        Assert.NotEmpty(Missing(bob, large));
        Assert.NotEqual(DeliveryState.Stored, alice.StateOf(large.Message, bob));

        await bob.Replicator.FetchAsync(large.Thread, CancellationToken.None);
        Assert.Empty(Missing(bob, large));
        Assert.Equal(alice.Mailbox.Octets(large.Message), bob.Mailbox.Octets(large.Message));
    }

    [Fact]
    public async Task Without_a_limit_all_comes()
    {
        var network = new MemoryNetwork();
        using var alice = new Someone("Alice", network);
        using var bob = new Someone("Bob", network, isReachable: false);
        alice.Know(bob);
        bob.Know(alice);
        Posted large = alice.Send("Large", [bob], attachment: new byte[400_000]);
        await bob.SyncAsync();
        Assert.Empty(Missing(bob, large));
        Assert.Equal(DeliveryState.Stored, alice.StateOf(large.Message, bob));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(long.MaxValue)]
    public void A_request_says_what_to_leave_out(long? largest)
    {
        byte[] bytes = new SyncRequest { Device = new byte[SyncRequest.DeviceLength], Largest = largest }.Encode();
        Assert.True(SyncRequest.TryDecode(bytes, out SyncRequest? request, out _));
        Assert.Equal(largest, request.Largest);
    }

    private static IReadOnlyList<Defms.Core.Blocks.Cid> Missing(Someone who, Posted mail) =>
        who.Store.Read(tables => tables.Messages.Missing(tables.Threads.Find(mail.Thread)!.Id));

    private static void SetLimit(Someone who, long bytes) => who.Store.Write(tables =>
    {
        tables.Settings.Set(FetchLimit.Setting, $"{bytes}");
        return true;
    });
}

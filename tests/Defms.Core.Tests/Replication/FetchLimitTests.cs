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
    public async Task Two_mails_whose_chunks_are_not_here_are_known_as_such_and_not_as_the_same_empty_mail()
    {
        var network = new MemoryNetwork();
        using var alice = new Someone("Alice", network);
        using var bob = new Someone("Bob", network, isReachable: false);
        alice.Know(bob);
        bob.Know(alice);
        SetLimit(bob, 100_000);
        Posted[] mails = [alice.Send("One", [bob], attachment: new byte[400_000]), alice.Send("Two", [bob], attachment: new byte[500_000])];
        await bob.SyncAsync();
        Assert.All(mails, mail => Assert.True(bob.Store.Read(tables => tables.Messages.Find(mail.Message))!.Flags.HasFlag(MessageFlags.Incomplete)));
        Assert.Equal(2, bob.Mailbox.List(new ConversationFilter(null, false, 10)).Count);
        await bob.Replicator.FetchAsync(mails[0].Thread, CancellationToken.None);
        Assert.False(bob.Store.Read(tables => tables.Messages.Find(mails[0].Message))!.Flags.HasFlag(MessageFlags.Incomplete));
        Assert.Equal(["One"], bob.Mailbox.Show(mails[0].Thread).Messages.Select(message => message.Mail.Subject));
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

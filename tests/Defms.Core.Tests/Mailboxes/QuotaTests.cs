using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Mailboxes;

public sealed class QuotaTests
{
    [Fact]
    public async Task What_comes_in_waits_with_its_sender_while_the_quota_is_reached()
    {
        var network = new MemoryNetwork();
        using var alice = new Someone("Alice", network);
        using var bob = new Someone("Bob", network);
        alice.Know(bob);
        bob.Know(alice);
        Set(bob, 1);
        Posted mail = alice.Send("Hello", [bob]);
        SyncReport report = await alice.DeliverAsync();
        Assert.Contains("quota", Assert.Single(report.Failed).Reason);
        Assert.Equal(DeliveryState.Queued, alice.StateOf(mail.Message, bob));
        Assert.Equal(0, bob.CountOf(mail.Thread));

        bob.Send("Still mine to write", [alice]);
        Set(bob, long.MaxValue);
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Stored, alice.StateOf(mail.Message, bob));
    }

    [Fact]
    public void An_import_stops_and_keeps_what_it_counted()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail("a@x"));
        owner.Store.Write(tables =>
        {
            tables.Settings.Set(Quota.Setting, "1");
            return true;
        });
        Assert.Contains("quota", Assert.Throws<MailboxException>(() => owner.Import(Owner.Mail("b@x"))).Message);
        Assert.Single(owner.Roots());
    }

    [Theory]
    [InlineData(89, false, false)]
    [InlineData(90, true, false)]
    [InlineData(100, true, true)]
    public void It_is_near_from_nine_tenths_on(long used, bool isNear, bool isReached)
    {
        var quota = new Quota(used * 1000, 100_000);
        Assert.Equal((isNear, isReached), (quota.IsNear, quota.IsReached));
        Assert.False(new Quota(long.MaxValue, null).IsNear);
        Assert.False(new Quota(long.MaxValue, null).IsReached);
    }

    private static void Set(Someone who, long bytes) => who.Store.Write(tables =>
    {
        tables.Settings.Set(Quota.Setting, $"{bytes}");
        return true;
    });
}

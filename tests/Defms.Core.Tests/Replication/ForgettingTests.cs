using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Replication;

public sealed class ForgettingTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone bob;

    public ForgettingTests()
    {
        alice = new Someone("Alice", network);
        bob = new Someone("Bob", network);
        alice.Know(bob);
        bob.Know(alice);
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task What_is_forgotten_leaves_nothing_and_does_not_come_back_by_itself()
    {
        Posted kept = alice.Send("Kept", [bob]);
        Posted gone = alice.Send("Gone", [bob], text: "a word zyxwvut", attachment: new byte[300_000]);
        await alice.DeliverAsync();
        int blocksOfKept = CountBlocks(bob) - BlocksOf(gone);

        ForgottenConversation forgotten = Forget(bob, gone);

        Assert.Equal([gone.Thread], forgotten.Threads);
        Assert.Equal("Alice", Assert.Single(forgotten.Others).Name);
        Assert.Equal(blocksOfKept, CountBlocks(bob));
        Assert.Null(bob.RootOf(gone.Thread));
        Assert.NotNull(bob.RootOf(kept.Thread));
        Assert.Empty(new Verification(bob.Store, bob.Did).Run(repair: false, (_, _) => { }, CancellationToken.None).Faults);

        await bob.SyncAsync(full: true);
        Assert.Null(bob.RootOf(gone.Thread));
        Posted more = alice.Reply(gone.Thread, "and another thing");
        await alice.DeliverAsync();
        Assert.Equal(DeliveryState.Failed, alice.StateOf(more.Message, bob));
        Assert.Contains("let go", alice.DeliveryTo(more.Message, bob).Detail);
        Assert.Null(bob.RootOf(gone.Thread));
    }

    [Fact]
    public async Task What_is_recalled_comes_back_when_it_is_sent_again()
    {
        Posted gone = alice.Send("Gone", [bob]);
        await alice.DeliverAsync();
        Forget(bob, gone);
        Assert.True(bob.Store.Write(tables => tables.Threads.Recall(gone.Thread)));
        Assert.False(bob.Store.Write(tables => tables.Threads.Recall(gone.Thread)));
        alice.Reply(gone.Thread, "again");
        await alice.DeliverAsync();
        Assert.NotNull(bob.RootOf(gone.Thread));
    }

    [Fact]
    public async Task What_waits_in_a_forgotten_thread_is_not_sent_any_more()
    {
        Posted gone = alice.Send("Gone", [bob]);
        Forget(alice, gone);
        SyncReport report = await alice.DeliverAsync();
        Assert.Equal(0, report.Sent);
        Assert.Null(bob.RootOf(gone.Thread));
    }

    [Fact]
    public async Task Its_words_are_in_the_file_no_more()
    {
        Posted gone = alice.Send("Subject qwertzuiop", [bob], text: "a word zyxwvut");
        await alice.DeliverAsync();
        Forget(bob, gone);
        bob.Home.Store.Scrub();
        string copy = Path.Combine(bob.Home.Folder, "..", "copy.db");
        Backup.Write(bob.Home.Folder, copy);
        string file = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(copy, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("zyxwvut", file, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("qwertzuiop", file, StringComparison.OrdinalIgnoreCase);
    }

    private static ForgottenConversation Forget(Someone who, Posted posted) => who.Store.Write(tables =>
        Forgetting.Forget(tables, tables.Threads.Find(posted.Thread)!.Conversation, who.Did, 1));

    private static int CountBlocks(Someone who) => who.Store.Read(tables => tables.Blocks.List().Count());

    private int BlocksOf(Posted posted) => bob.Store.Read(tables =>
        1 + ThreadRoot.Nodes(tables.Threads.Find(posted.Thread)!.Root, tables.Blocks).Count()
        + tables.Messages.Names(tables.Threads.Find(posted.Thread)!.Id).Sum(cid => 1 + Bodies(tables, cid)));

    private static int Bodies(IMailTables tables, Cid message) =>
        MessageNode.TryRead(tables.Blocks.Find(message)!, out MessageNode? node, out _) ? node.Body.Distinct().Count() : 0;
}

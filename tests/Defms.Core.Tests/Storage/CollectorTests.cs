using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Tests.Mailboxes;

namespace Defms.Core.Tests.Storage;

public sealed class CollectorTests
{
    private static readonly Block Nobodys = Block.Create(Cid.Raw, "nobody's"u8.ToArray());

    [Fact]
    public void What_no_thread_reaches_goes_and_all_that_one_reaches_stays()
    {
        using Owner owner = Filled();
        IReadOnlyList<Cid> needed = All(owner);
        owner.Store.Write(tables => tables.Blocks.Put([Nobodys]));
        CollectionReport report = Collect(owner);
        Assert.Equal((needed.Count, 1, Nobodys.Data.Length), (report.Kept, report.Removed, report.Bytes));
        Assert.Equal(needed, All(owner));
        Assert.True(new Verification(owner.Store, owner.Identity.Did).Run(false, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
    }

    [Fact]
    public void An_empty_index_takes_nothing_with_it()
    {
        using Owner owner = Filled();
        IReadOnlyList<Cid> needed = All(owner);
        using (SqliteConnection db = SqliteConnection.Open(Path.Combine(owner.Home.Folder, "store.db"), SqliteOpenMode.ReadWrite))
            db.ExecuteScript("DELETE FROM messages; DELETE FROM message_ids");
        Assert.Equal(0, Collect(owner).Removed);
        Assert.Equal(needed, All(owner));
    }

    [Fact]
    public void A_message_that_no_root_names_stays_with_its_chunks()
    {
        using Owner owner = Filled();
        IReadOnlyList<Cid> messages = owner.Store.Read(tables => tables.Threads.All().SelectMany(thread => tables.Messages.InThread(thread.Id)).Select(row => row.Cid).ToList());
        owner.Store.Write(tables =>
        {
            foreach (ThreadRow thread in tables.Threads.All().ToList())
            {
                Core.Threads.RootChange empty = Core.Threads.ThreadRoot.Build(thread.Thread, []);
                tables.Blocks.Put(empty.Blocks);
                tables.Threads.SetRoot(thread.Id, empty.Root, 0);
            }
            return true;
        });
        Collect(owner);
        Assert.Subset(All(owner).ToHashSet(), messages.ToHashSet());
        Assert.True(new Verification(owner.Store, owner.Identity.Did).Run(true, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
    }

    [Fact]
    public void A_thread_that_is_not_whole_ends_it_before_anything_goes()
    {
        using Owner owner = Filled();
        owner.Store.Write(tables =>
        {
            tables.Blocks.Put([Nobodys]);
            tables.Blocks.Remove([tables.Messages.InThread(1)[0].Cid]);
            return true;
        });
        int before = All(owner).Count;
        Assert.Throws<StoreException>(() => Collect(owner));
        Assert.Equal(before, All(owner).Count);
    }

    [Fact]
    public void What_arrives_while_threads_are_walked_stays()
    {
        using Owner owner = Filled();
        byte[] late = Owner.Mail("late@x", "<a@x>");
        bool arrived = false;
        new Collector(owner.Store).Run(
            (_, _) =>
            {
                if (!arrived)
                    owner.Import(late);
                arrived = true;
            },
            TestContext.Current.CancellationToken);
        Assert.True(new Verification(owner.Store, owner.Identity.Did).Run(false, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
    }

    private static CollectionReport Collect(Owner owner) => new Collector(owner.Store).Run((_, _) => { }, TestContext.Current.CancellationToken);

    private static IReadOnlyList<Cid> All(Owner owner) => owner.Store.Read(tables => tables.Blocks.List().Order().ToList());

    private static Owner Filled()
    {
        var owner = new Owner();
        owner.Import(Owner.Mail("a@x"), Owner.Mail("b@x", "<a@x>"), Owner.Mail("c@x", body: new string('x', 300_000) + "\n"));
        return owner;
    }
}

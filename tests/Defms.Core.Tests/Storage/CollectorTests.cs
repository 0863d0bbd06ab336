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

    [Theory]
    [InlineData("DELETE FROM messages; DELETE FROM message_ids; DELETE FROM parties; DELETE FROM conversations WHERE id NOT IN (SELECT conversation FROM threads)")]
    [InlineData("UPDATE messages SET thread = 1")]
    [InlineData("UPDATE messages SET cid = CAST(x'01711220' || randomblob(32) AS BLOB)")]
    [InlineData("UPDATE threads SET root = cid, count = 0")]
    [InlineData("UPDATE threads SET root = (SELECT root FROM threads ORDER BY id LIMIT 1)")]
    [InlineData("UPDATE threads SET root = CAST(x'01711220' || randomblob(32) AS BLOB)")]
    [InlineData("INSERT INTO missing_chunks(chunk, thread, message) SELECT cid, 1, 1 FROM blocks")]
    [InlineData("INSERT INTO refused(cid, thread) SELECT cid, 1 FROM blocks")]
    [InlineData("UPDATE conversations SET messages = 0, newest = NULL")]
    public void A_lying_index_takes_nothing_that_is_reached(string lie)
    {
        using Owner owner = Filled();
        IReadOnlyList<Cid> needed = All(owner);
        owner.Store.Write(tables => tables.Blocks.Put([Nobodys]));
        using (SqliteConnection db = SqliteConnection.Open(Path.Combine(owner.Home.Folder, "store.db"), SqliteOpenMode.ReadWrite))
            db.ExecuteScript(lie);
        Exception? refusal = Record.Exception(() => Collect(owner));
        Assert.True(refusal is null or StoreException, refusal?.ToString());
        // Nodes of a root that the index does not name are computed anew; everything else has to be there.
        HashSet<Cid> left = [.. All(owner)];
        VerificationReport report = new Verification(owner.Store, owner.Identity.Did).Run(true, (_, _) => { }, TestContext.Current.CancellationToken);
        Assert.True(report.IsSound, string.Join('\n', report.Faults));
        Assert.Empty(needed.Except(All(owner)));
        Assert.Empty(owner.Store.Read(tables => needed.Where(cid => !left.Contains(cid) && (cid.Codec == Cid.Raw || !Core.Threads.RootNode.TryRead(tables.Blocks.Find(cid)!, out _, out _))).ToList()));
    }

    [Theory]
    [InlineData("UPDATE messages SET cid = randomblob(36)")]
    [InlineData("UPDATE threads SET root = x'00'")]
    [InlineData("UPDATE threads SET cid = randomblob(10)")]
    public void An_index_that_cannot_be_read_ends_it_with_a_word_for_the_person_or_takes_nothing(string damage)
    {
        using Owner owner = Filled();
        IReadOnlyList<Cid> before = All(owner);
        using (SqliteConnection db = SqliteConnection.Open(Path.Combine(owner.Home.Folder, "store.db"), SqliteOpenMode.ReadWrite))
            db.ExecuteScript(damage);
        Exception? refusal = Record.Exception(() => Collect(owner));
        Assert.True(refusal is null or StoreException, refusal?.ToString());
        Assert.Equal(before, All(owner));
    }

    [Fact]
    public void Chunks_stay_whose_message_no_root_names_and_lies_far_behind_them()
    {
        using Owner owner = Filled();
        IReadOnlyList<Cid> needed = All(owner);
        Cid message = owner.Store.Read(tables => tables.Threads.All().SelectMany(thread => tables.Messages.InThread(thread.Id)).MaxBy(row => row.Size)!.Cid);
        owner.Store.Write(tables =>
        {
            Block block = tables.Blocks.Find(message)!;
            tables.Blocks.Remove([message]);
            tables.Blocks.Put(Enumerable.Range(0, 1000).Select(number => Block.Create(Cid.Raw, BitConverter.GetBytes(number))));
            tables.Blocks.Put([block]);
            ThreadRow thread = tables.Threads.Find(tables.Messages.Find(message)!.Thread)!;
            tables.Blocks.Remove([thread.Root]);
            Core.Threads.RootChange empty = Core.Threads.ThreadRoot.Build(thread.Thread, []);
            tables.Blocks.Put(empty.Blocks);
            tables.Threads.SetRoot(thread.Id, empty.Root, 0);
            return true;
        });
        Assert.Equal(1000, Collect(owner).Removed);
        Assert.True(new Verification(owner.Store, owner.Identity.Did).Run(true, (_, _) => { }, TestContext.Current.CancellationToken).IsSound);
        Assert.Empty(needed.Except(All(owner)));
        Assert.Equal(owner.Mailbox.Octets(message).Length, owner.Store.Read(tables => tables.Messages.Find(message)!.Size));
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

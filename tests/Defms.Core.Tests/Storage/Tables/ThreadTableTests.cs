using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class ThreadTableTests : TableTest
{
    private IThreadTable Threads => Tables.Threads;

    [Fact]
    public void A_thread_is_found_by_name_and_by_row_as_it_was_added()
    {
        long conversation = Tables.Conversations.Create();
        var row = new ThreadRow(99, Name(1), Bytes(1, 32), Name(2), 3, Person(1), Name(4), conversation);
        long id = Threads.Add(row, [Person(1), Person(2)]);
        foreach (ThreadRow? found in new[] { Threads.Find(Name(1)), Threads.Find(id) })
        {
            Assert.NotNull(found);
            Assert.Equal(row.Key, found.Key);
            Assert.Equal(row with { Id = id, Key = found.Key }, found);
        }

        Assert.Null(Threads.Find(Name(2)));
        Assert.Null(Threads.Find(id + 1));
    }

    [Fact]
    public void A_thread_cannot_be_added_twice_or_to_no_conversation()
    {
        var row = new ThreadRow(0, Name(1), [], Name(2), 0, Person(1), null, Tables.Conversations.Create());
        Threads.Add(row, []);
        Assert.True(Assert.Throws<SqliteException>(() => Threads.Add(row, [])).IsConstraint);
        Assert.True(Assert.Throws<SqliteException>(() => Threads.Add(row with { Thread = Name(3), Conversation = 77 }, [])).IsConstraint);
    }

    [Fact]
    public void The_root_and_the_conversation_can_change()
    {
        long id = AddThread();
        long other = Tables.Conversations.Create();
        Threads.SetRoot(id, Name(50), 8);
        Threads.SetConversation(id, other);
        ThreadRow found = Threads.Find(id)!;
        Assert.Equal((Name(50), 8, other), (found.Root, found.Count, found.Conversation));
    }

    [Fact]
    public void Parties_are_told_sorted_and_lead_to_their_threads()
    {
        long first = AddThread(parties: [Person(1), Person(2), Person(3)]);
        long second = AddThread(parties: [Person(2)]);
        Assert.Equal(new[] { Person(1), Person(2), Person(3) }.Order(), Threads.Parties(first));
        Assert.True(Threads.HasParty(first, Person(1)));
        Assert.False(Threads.HasParty(second, Person(1)));
        Assert.Equal([first, second], Threads.WithParty(Person(2)).Select(row => row.Id));
        Assert.Equal([first], Threads.WithParty(Person(3)).Select(row => row.Id));
        Assert.Empty(Threads.WithParty(Person(4)));
    }

    [Fact]
    public void Branches_are_found_from_their_parent_even_when_it_is_not_here()
    {
        Cid parent = Name(9000);
        long first = AddThread(branchOf: parent), second = AddThread(branchOf: parent);
        AddThread(branchOf: Name(9001));
        AddThread();
        Assert.Equal([first, second], Threads.BranchesOf(parent).Select(row => row.Id));
    }

    [Fact]
    public void Threads_of_a_conversation_are_told_in_the_order_they_were_added()
    {
        long conversation = Tables.Conversations.Create();
        long first = AddThread(conversation);
        AddThread();
        long second = AddThread(conversation);
        Assert.Equal([first, second], Threads.InConversation(conversation).Select(row => row.Id));
    }

    [Fact]
    public void Names_between_two_bounds_are_inclusive_sorted_by_bytes_and_limited()
    {
        for (int i = 0; i < 50; i++) AddThread();
        Cid[] all = [.. Threads.All().Select(row => row.Thread).Order()];
        Assert.Equal(all[10..21], Threads.Between(all[10], all[20], 100));
        Assert.Equal(all[10..13], Threads.Between(all[10], all[20], 3));
        Assert.Empty(Threads.Between(all[20], all[10], 100));
    }

    [Fact]
    public void All_threads_are_streamed_in_order_while_they_change()
    {
        long[] ids = [.. Enumerable.Range(0, 600).Select(_ => AddThread())];
        List<long> seen = [];
        foreach (ThreadRow row in Threads.All())
        {
            seen.Add(row.Id);
            Threads.SetRoot(row.Id, Name(1), 1);
        }

        Assert.Equal(ids, seen);
    }

    [Fact]
    public void A_stream_that_leaves_its_transaction_is_refused()
    {
        AddThread();
        IEnumerable<ThreadRow> all = Threads.All();
        Tables.Dispose();
        Assert.Throws<InvalidOperationException>(() => all.Count());
    }
}

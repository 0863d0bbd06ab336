using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class OutgoingTableTests : TableTest
{
    private IOutgoingTable Outgoing => Tables.Outgoing;

    [Fact]
    public void A_row_is_found_by_its_id_and_kind_as_it_was_added()
    {
        var announcement = new OutgoingRow(99, OutgoingKind.Announcement, Bytes(1), Person(1), Name(1), Bytes(9, 300), 2, 3, "no route");
        var receipt = new OutgoingRow(99, OutgoingKind.Receipt, Bytes(1), Person(2), null, Bytes(8), 0, 0, null);
        foreach (OutgoingRow row in new[] { announcement, receipt })
        {
            long place = Outgoing.Add(row, []);
            OutgoingRow found = Outgoing.Find(Bytes(1), row.Kind)!;
            Assert.Equal(row.Id, found.Id);
            Assert.Equal(row.Bytes, found.Bytes);
            Assert.Equal(row with { Row = place, Id = found.Id, Bytes = found.Bytes }, found);
        }

        Assert.Null(Outgoing.Find(Bytes(2), OutgoingKind.Receipt));
        Assert.Equal(2, Outgoing.Count());
    }

    [Fact]
    public void Rows_are_never_used_again_after_removal()
    {
        long first = Add(1), second = Add(1);
        Assert.True(second > first);
        Outgoing.Remove(second);
        Outgoing.Remove(first);
        Assert.Equal(0, Outgoing.Count());
        Assert.True(Add(1) > second);
    }

    [Fact]
    public void The_messages_of_a_row_keep_their_order_and_go_with_it()
    {
        long thread = AddThread();
        long[] messages = [.. Enumerable.Range(0, 3).Select(_ => Tables.Messages.Add(NewMessage(thread)))];
        long row = Outgoing.Add(Row(1), messages.Reverse());
        Assert.Equal(messages.Reverse(), Outgoing.Messages(row));
        Assert.Empty(Outgoing.Messages(row + 1));
        Outgoing.Remove(row);
        Assert.Empty(Outgoing.Messages(row));
    }

    [Fact]
    public void Rows_are_due_when_their_time_has_come_earliest_first()
    {
        Assert.Null(Outgoing.NextDue());
        long late = Add(1, next: 30), early = Add(1, next: 10), soon = Add(1, next: 20);
        Assert.Equal(10, Outgoing.NextDue());
        Assert.Equal([early, soon], Due(20));
        Assert.Equal([early], Outgoing.Due(20, 1).Select(row => row.Row));
        Outgoing.Postpone(early, 1, 40, "refused");
        Assert.Equal((1, 40L, "refused"), Outgoing.For(Person(1), 0, 10) is [_, var found, ..] ? (found.Attempts, found.NextAttempt, found.Error) : default);
        Assert.Equal([soon, late], Due(39));
    }

    [Fact]
    public void Hurrying_makes_all_of_one_recipient_due_and_delays_none()
    {
        long mine = Add(1, next: 100), earlier = Add(1, next: 5), others = Add(2, next: 100);
        Outgoing.Hurry(Person(1), 50);
        Assert.Equal([earlier, mine], Due(50));
        Assert.Equal(5, Outgoing.NextDue());
        Assert.Equal([earlier, mine, others], Due(100));
    }

    [Fact]
    public void Rows_for_a_recipient_behind_a_place_come_in_order()
    {
        long first = Add(1), other = Add(2), second = Add(1), third = Add(1);
        Assert.Equal([first, second, third], For(Person(1), 0, 10));
        Assert.Equal([second, third], For(Person(1), first, 10));
        Assert.Equal([second], For(Person(1), other, 1));
    }

    [Fact]
    public void Untouched_rows_are_those_of_a_thread_never_tried()
    {
        long tried = Add(1, Name(1)), fresh = Add(1, Name(1));
        Add(1, Name(2));
        Add(2, Name(1));
        Outgoing.Postpone(tried, 1, 5, null);
        Assert.Equal([fresh], Outgoing.Untouched(Person(1), Name(1)).Select(row => row.Row));
    }

    private static OutgoingRow Row(int recipient, Cid? thread = null, long next = 0) =>
        new(0, OutgoingKind.Announcement, Bytes(3), Person(recipient), thread, Bytes(4), 0, next, null);

    private long Add(int recipient, Cid? thread = null, long next = 0) => Outgoing.Add(Row(recipient, thread, next), []);

    private IEnumerable<long> Due(long now) => Outgoing.Due(now, 10).Select(row => row.Row);

    private IEnumerable<long> For(Did recipient, long row, int limit) => Outgoing.For(recipient, row, limit).Select(found => found.Row);
}

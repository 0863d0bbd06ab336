using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class MessageTableTests : TableTest
{
    private IMessageTable Messages => Tables.Messages;

    [Fact]
    public void A_message_is_found_by_name_and_by_row_as_it_was_added()
    {
        MessageRow row = Full(AddThread());
        long id = Messages.Add(row with { Id = 99 });
        Assert.True(Messages.Has(row.Cid));
        foreach (MessageRow? found in new[] { Messages.Find(row.Cid), Messages.Find(id) })
        {
            Assert.NotNull(found);
            Assert.Equal(row.Hash, found.Hash);
            Assert.Equal(row with { Id = id, Hash = found.Hash }, found);
        }

        Assert.Null(Messages.Find(Name(9000)));
        Assert.Null(Messages.Find(id + 1));
        Assert.False(Messages.Has(Name(9000)));
    }

    [Fact]
    public void A_message_cannot_be_added_twice_or_to_no_thread()
    {
        MessageRow row = NewMessage(AddThread());
        Messages.Add(row);
        Assert.True(Assert.Throws<SqliteException>(() => Messages.Add(row)).IsConstraint);
        Assert.True(Assert.Throws<SqliteException>(() => Messages.Add(NewMessage(77))).IsConstraint);
    }

    [Fact]
    public void An_update_replaces_all_but_name_thread_and_flags()
    {
        long thread = AddThread();
        MessageRow bare = NewMessage(thread, flags: MessageFlags.Flagged);
        long id = Messages.Add(bare);
        MessageRow full = Full(AddThread()) with { Id = id };
        Messages.Update(full);
        MessageRow found = Messages.Find(id)!;
        Assert.Equal(full.Hash, found.Hash);
        Assert.Equal(full with { Thread = thread, Cid = bare.Cid, Flags = MessageFlags.Flagged, Hash = found.Hash }, found);
    }

    [Fact]
    public void A_name_that_was_given_in_a_wrong_thread_is_not_refused_in_its_own()
    {
        long wrong = AddThread(), own = AddThread();
        Messages.Refuse(wrong, [Name(9000)]);
        Assert.True(Messages.IsRefused(wrong, Name(9000)));
        Assert.False(Messages.IsRefused(own, Name(9000)));
    }

    [Fact]
    public void Setting_flags_counts_the_messages_that_changed()
    {
        long thread = AddThread();
        long first = Messages.Add(NewMessage(thread, flags: MessageFlags.Own));
        long second = Messages.Add(NewMessage(thread, flags: MessageFlags.Read));
        Assert.Equal(1, Messages.SetFlags([first, second, 77], MessageFlags.Read, MessageFlags.None));
        Assert.Equal(MessageFlags.Own | MessageFlags.Read, Messages.Find(first)!.Flags);
        Assert.Equal(2, Messages.SetFlags([first, second], MessageFlags.Flagged, MessageFlags.Read));
        Assert.Equal(MessageFlags.Own | MessageFlags.Flagged, Messages.Find(first)!.Flags);
        Assert.Equal(MessageFlags.Flagged, Messages.Find(second)!.Flags);
        Assert.Equal(0, Messages.SetFlags([first, second], MessageFlags.Flagged, MessageFlags.Read));
    }

    [Fact]
    public void Names_of_a_thread_come_by_bytes()
    {
        long thread = AddThread(), other = AddThread();
        Cid[] names = [.. Enumerable.Range(0, 100).Select(_ => Messages.Find(Messages.Add(NewMessage(thread)))!.Cid)];
        Messages.Add(NewMessage(other));
        Assert.Equal(names.Order(), Messages.Names(thread));
    }

    [Fact]
    public void Names_between_two_bounds_are_inclusive_sorted_by_bytes_and_limited()
    {
        long[] threads = [AddThread(), AddThread()];
        Cid[] names = [.. Enumerable.Range(0, 50).Select(i => Messages.Find(Messages.Add(NewMessage(threads[i % 2])))!.Cid).Order()];
        Assert.Equal(names[5..10], Messages.Between(names[5], names[9], 100));
        Assert.Equal(names[5..8], Messages.Between(names[5], names[9], 3));
    }

    [Fact]
    public void Messages_of_a_thread_and_of_a_conversation_come_by_date()
    {
        long conversation = Tables.Conversations.Create();
        long thread = AddThread(conversation), branch = AddThread(conversation), other = AddThread();
        long late = Messages.Add(NewMessage(thread, date: 3));
        long early = Messages.Add(NewMessage(thread, date: 1));
        long between = Messages.Add(NewMessage(branch, date: 2));
        Messages.Add(NewMessage(other, date: 2));
        Assert.Equal([early, late], Messages.InThread(thread).Select(row => row.Id));
        Assert.Equal([early, between, late], Messages.InConversation(conversation).Select(row => row.Id));
    }

    [Fact]
    public void The_same_octets_are_found_within_their_conversation_only()
    {
        long conversation = Tables.Conversations.Create();
        long thread = AddThread(conversation), branch = AddThread(conversation), other = AddThread();
        long first = Messages.Add(NewMessage(thread, hash: 5, date: 1));
        long second = Messages.Add(NewMessage(branch, hash: 5, date: 2));
        Messages.Add(NewMessage(branch, hash: 6));
        Messages.Add(NewMessage(other, hash: 5));
        Assert.Equal([first, second], Messages.WithHash(conversation, Bytes(5, 32)).Select(row => row.Id));
        Assert.Empty(Messages.WithHash(conversation, Bytes(9, 32)));
    }

    [Fact]
    public void Arrived_chunks_complete_the_messages_that_wait_for_no_other()
    {
        long thread = AddThread(), other = AddThread();
        long first = Messages.Add(NewMessage(thread)), second = Messages.Add(NewMessage(thread)), third = Messages.Add(NewMessage(other));
        Messages.AddMissing(first, [Name(901), Name(902), Name(901)]);
        Messages.AddMissing(second, [Name(902)]);
        Messages.AddMissing(third, [Name(902), Name(903)]);
        Assert.Equal(new[] { Name(901), Name(902) }.Order(), Messages.Missing(thread));
        Assert.True(Messages.IsMissing(Name(903)));

        Assert.Equal([second], Messages.Arrived([Name(902), Name(999)]));
        Assert.False(Messages.IsMissing(Name(902)));
        Assert.Equal([Name(901)], Messages.Missing(thread));
        Assert.Equal([first, third], Messages.Arrived([Name(903), Name(901)]));
        Assert.Empty(Messages.Missing(other));
        Assert.Empty(Messages.Arrived([Name(901)]));
    }

    [Fact]
    public void A_chunk_that_two_threads_miss_is_told_once_for_each()
    {
        long thread = AddThread(), other = AddThread();
        foreach (long owner in new[] { thread, thread, other }) Messages.AddMissing(Messages.Add(NewMessage(owner)), [Name(901)]);
        Assert.Equal([(Name(901), thread), (Name(901), other)], Messages.AllMissing(10));
        Assert.Single(Messages.AllMissing(1));
    }

    [Fact]
    public void What_a_message_missed_goes_with_it()
    {
        long id = Messages.Add(NewMessage(AddThread()));
        Messages.AddMissing(id, [Name(901)]);
        Db.Execute("DELETE FROM messages WHERE id = ?1", id);
        Assert.False(Messages.IsMissing(Name(901)));
    }

    private MessageRow Full(long thread) => new()
    {
        Thread = thread,
        Cid = NextName(),
        Author = Person(3),
        Hash = Bytes(4, 32),
        Size = 5_000_000_000,
        Date = -6,
        MessageId = "seven@example.org",
        Subject = "Acht",
        From = "Neun <n@example.org>",
        To = "Zehn",
        Cc = "Elf \U0001F600",
        Attachments = 12,
        Flags = MessageFlags.Damaged | MessageFlags.Incomplete,
    };
}

using Defms.Core.Mailboxes;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class ConversationTableTests : TableTest
{
    private IConversationTable Conversations => Tables.Conversations;

    [Fact]
    public void An_empty_conversation_is_there_but_not_listed()
    {
        long id = Conversations.Create();
        Assert.Equal(new ConversationRow(id, 0, 0, "", "", "", 0, 0), Conversations.Find(id));
        Assert.Null(Conversations.Find(id + 1));
        Assert.Empty(Conversations.List(new ConversationFilter(null, false, 10)));
    }

    [Fact]
    public void A_row_shows_the_subject_of_the_oldest_and_the_people_of_the_newest_message()
    {
        long id = Conversations.Create();
        long thread = AddThread(id), branch = AddThread(id);
        Count(id, NewMessage(thread, 1, date: 20) with { Subject = "Re: middle", From = "b", To = "a" });
        Count(id, NewMessage(branch, 2, date: 30) with { Subject = "Re: newest", From = "c", To = "b" });
        Count(id, NewMessage(thread, 3, date: 10) with { Subject = "oldest", From = "a", To = "c" });
        Assert.Equal(new ConversationRow(id, 30, branch, "oldest", "c", "b", 3, 3), Conversations.Find(id));
    }

    [Fact]
    public void A_mail_that_came_twice_counts_once_and_is_read_when_one_copy_is()
    {
        long id = Conversations.Create();
        long thread = AddThread(id), branch = AddThread(id);
        Count(id, NewMessage(thread, 1));
        Count(id, NewMessage(branch, 1));
        Assert.Equal((1, 1), Counts(id));
        Count(id, NewMessage(branch, 1, flags: MessageFlags.Read));
        Assert.Equal((1, 0), Counts(id));
        Count(id, NewMessage(branch, 1, flags: MessageFlags.Own));
        Count(id, NewMessage(branch, 1));
        Assert.Equal((1, 0), Counts(id));
    }

    [Fact]
    public void Own_mail_is_never_unread_and_deleted_mail_counts_for_nothing()
    {
        long id = Conversations.Create();
        long thread = AddThread(id);
        Count(id, NewMessage(thread, 1, flags: MessageFlags.Own));
        Count(id, NewMessage(thread, 2, date: 50, flags: MessageFlags.Deleted));
        Assert.Equal(new ConversationRow(id, 0, thread, "", "", "", 1, 0), Conversations.Find(id));
    }

    [Fact]
    public void A_conversation_whose_mail_is_all_deleted_is_not_listed_and_comes_back()
    {
        long id = Conversations.Create();
        long message = Count(id, NewMessage(AddThread(id), date: 5));
        Tables.Messages.SetFlags([message], MessageFlags.Deleted, MessageFlags.None);
        Conversations.Recount(id);
        Assert.Equal(new ConversationRow(id, 0, 0, "", "", "", 0, 0), Conversations.Find(id));
        Assert.Empty(Conversations.List(new ConversationFilter(null, false, 10)));
        Tables.Messages.SetFlags([message], MessageFlags.None, MessageFlags.Deleted);
        Conversations.Recount(id);
        Assert.Equal(5, Assert.Single(Conversations.List(new ConversationFilter(null, false, 10))).Updated);
    }

    [Fact]
    public void A_message_id_can_be_claimed_before_its_message_is_here_and_stays_where_it_is()
    {
        long first = Conversations.Create(), second = Conversations.Create();
        Conversations.Claim(second, ["b@x", "c@x"]);
        Conversations.Claim(first, ["a@x", "b@x"]);
        Assert.Equal([first], Conversations.OfMessageIds(["a@x"]));
        Assert.Equal([second], Conversations.OfMessageIds(["b@x"]));
        Assert.Equal([first, second], Conversations.OfMessageIds(["c@x", "b@x", "nobody@x", "a@x"]));
        Assert.Empty(Conversations.OfMessageIds(["A@x"]));
    }

    [Fact]
    public void A_merge_moves_threads_and_message_ids_and_leaves_no_trace_of_the_other()
    {
        long into = Conversations.Create(), from = Conversations.Create();
        long thread = AddThread(into), moved = AddThread(from);
        Count(into, NewMessage(thread, 1, date: 10));
        Count(from, NewMessage(moved, 1, date: 20, flags: MessageFlags.Read));
        Count(from, NewMessage(moved, 2, date: 15));
        Conversations.Claim(from, ["a@x"]);
        Conversations.Merge(into, from);
        Assert.Null(Conversations.Find(from));
        Assert.Equal(new ConversationRow(into, 20, moved, "", "", "", 2, 1), Conversations.Find(into));
        Assert.Equal([into], Conversations.OfMessageIds(["a@x"]));
        Assert.Equal([thread, moved], Tables.Threads.InConversation(into).Select(row => row.Id));
    }

    [Fact]
    public void A_conversation_merged_with_itself_is_left_alone()
    {
        long id = Conversations.Create();
        Count(id, NewMessage(AddThread(id)));
        Conversations.Merge(id, id);
        Assert.Equal((1, 1), Counts(id));
    }

    [Fact]
    public void The_list_is_newest_first_and_limited()
    {
        long[] ids = [.. Enumerable.Range(0, 9).Select(i => Listed(date: i / 2))];
        Assert.Equal(ids.Reverse(), Ids(null));
        Assert.Equal(ids.Reverse().Take(4), Conversations.List(new ConversationFilter(null, false, 4)).Select(row => row.Id));
        Assert.Empty(Conversations.List(new ConversationFilter(null, false, 0)));
    }

    [Fact]
    public void Only_unread_conversations_are_listed_when_asked()
    {
        long unread = Listed(date: 1);
        Listed(date: 2, flags: MessageFlags.Read);
        Assert.Equal([unread], Conversations.List(new ConversationFilter(null, true, 10)).Select(row => row.Id));
    }

    [Fact]
    public void Every_word_has_to_occur_in_some_header_in_any_case_of_any_alphabet()
    {
        long id = Conversations.Create();
        long thread = AddThread(id);
        Count(id, NewMessage(thread, 1) with { Subject = "Ärger mit 100% Öl", From = "Ada <ada@example.org>" });
        Count(id, NewMessage(thread, 2) with { To = "Björn", Cc = "ОЛЬГА" });
        Count(id, NewMessage(thread, 3, flags: MessageFlags.Deleted) with { Subject = "verborgen" });
        Listed(date: 1);
        foreach (string query in new[] { "ärger", "ÖL  ada", "björn 100%", "ольга\texample.ORG" }) Assert.Equal([id], Ids(query));
        foreach (string query in new[] { "ärger nichts", "verborgen", "_", "10%" }) Assert.Empty(Ids(query));
        Assert.Equal(2, Ids("  ").Count());
    }

    private IEnumerable<long> Ids(string? text) => Conversations.List(new ConversationFilter(text, false, 100)).Select(row => row.Id);

    private (int Messages, int Unread) Counts(long id) => (Conversations.Find(id)!.Messages, Conversations.Find(id)!.Unread);

    private long Listed(long date, MessageFlags flags = MessageFlags.None)
    {
        long id = Conversations.Create();
        Count(id, NewMessage(AddThread(id), date: date, flags: flags));
        return id;
    }

    private long Count(long conversation, MessageRow row)
    {
        bool isSameMail = Tables.Messages.WithHash(conversation, row.Hash).Count > 0;
        long id = Tables.Messages.Add(row);
        Conversations.Count(conversation, row with { Id = id }, isSameMail);
        return id;
    }
}

using Defms.Core.Mailboxes;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Storage.Tables;

/// <summary>Conversations under any sequence of calls, against a count made here from the messages.</summary>
public sealed class ConversationCountsTests : TableTest
{
    private static readonly MessageFlags[] SomeFlags =
        [MessageFlags.None, MessageFlags.None, MessageFlags.Read, MessageFlags.Own, MessageFlags.Deleted, MessageFlags.Deleted | MessageFlags.Read];

    private readonly List<long> conversations = [];
    private readonly List<long> threads = [];
    private readonly List<long> messages = [];

    [Fact]
    public void Counting_in_merging_and_counting_anew_agree_with_a_count_from_scratch()
    {
        Seeded.Check(10, random =>
        {
            using var part = Db.Savepoint();
            conversations.Clear();
            threads.Clear();
            messages.Clear();
            Start();
            for (int step = 0; step < 150; step++)
            {
                Step(random);
                foreach (long id in conversations) Assert.Equal(FromScratch(id), Tables.Conversations.Find(id));
            }
        });
    }

    private void Step(Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                Start();
                break;
            case 1:
                threads.Add(AddThread(Any(conversations, random)));
                break;
            case 2 when conversations.Count > 1:
                Merge(Any(conversations, random), Any(conversations, random));
                break;
            case 3 when messages.Count > 0:
                Mark(Any(messages, random), random);
                break;
            default:
                Arrive(random);
                break;
        }
    }

    private void Start()
    {
        conversations.Add(Tables.Conversations.Create());
        threads.Add(AddThread(conversations[^1]));
    }

    private void Merge(long into, long from)
    {
        Tables.Conversations.Merge(into, from);
        if (into != from) conversations.Remove(from);
    }

    private void Mark(long message, Random random)
    {
        Tables.Messages.SetFlags([message], Any(SomeFlags, random), Any(SomeFlags, random));
        Tables.Conversations.Recount(Tables.Threads.Find(Tables.Messages.Find(message)!.Thread)!.Conversation);
    }

    private void Arrive(Random random)
    {
        long thread = Any(threads, random);
        MessageRow row = NewMessage(thread, random.Next(6), random.Next(4), Any(SomeFlags, random)) with
        {
            Subject = $"{random.Next(100)}",
            From = $"{random.Next(100)}",
            To = $"{random.Next(100)}",
        };
        long conversation = Tables.Threads.Find(thread)!.Conversation;
        bool isSameMail = Tables.Messages.WithHash(conversation, row.Hash).Count > 0;
        messages.Add(Tables.Messages.Add(row));
        Tables.Conversations.Count(conversation, row, isSameMail);
    }

    private ConversationRow FromScratch(long id)
    {
        List<MessageRow> shown = [.. Tables.Messages.InConversation(id).Where(row => !row.Flags.HasFlag(MessageFlags.Deleted))];
        if (shown.Count == 0) return new ConversationRow(id, 0, 0, "", "", "", 0, 0);
        MessageRow newest = shown.MaxBy(row => (row.Date, row.Cid))!, oldest = shown.MinBy(row => (row.Date, row.Cid))!;
        var mails = shown.GroupBy(row => Convert.ToHexString(row.Hash)).ToList();
        int unread = mails.Count(copies => copies.All(row => (row.Flags & (MessageFlags.Read | MessageFlags.Own)) == MessageFlags.None));
        return new ConversationRow(id, newest.Date, newest.Thread, oldest.Subject, newest.From, newest.To, mails.Count, unread);
    }

    private static T Any<T>(IReadOnlyList<T> list, Random random) => list[random.Next(list.Count)];
}

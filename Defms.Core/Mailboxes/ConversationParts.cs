using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>
/// Which threads are one conversation, derived from all of their messages at once: what <see cref="Arrival"/> finds message by message.
/// </summary>
internal sealed class ConversationParts
{
    private readonly Dictionary<long, ThreadRow> threads = [];
    private readonly Dictionary<long, long> above = [];
    private readonly Dictionary<string, long> threadOfId = [];
    private readonly Dictionary<ContentHash, long> threadOfContent = [];

    public void AddThread(ThreadRow row)
    {
        threads[row.Id] = row;
        above.TryAdd(row.Id, row.Id);
    }

    public void AddMessage(long thread, IndexedMessage message)
    {
        foreach (string id in message.Ids)
            Unite(thread, Known(threadOfId, id, thread));
        ContentHash same = message.Row.Content.IsDefault ? ContentHash.From(message.Row.Hash) : message.Row.Content;
        Unite(thread, Known(threadOfContent, same, thread));
    }

    /// <summary>A message whose block is lost, as far as the index still knows it.</summary>
    public void AddIndexed(MessageRow row)
    {
        if (row.MessageId is { } id)
            Unite(row.Thread, Known(threadOfId, id, row.Thread));
        Unite(row.Thread, Known(threadOfContent, row.Content.IsDefault ? ContentHash.From(row.Hash) : row.Content, row.Thread));
    }

    /// <summary>Whether the store says the same.</summary>
    public bool AreKept(IMailTables tables)
    {
        UniteByStore(tables);
        var conversations = threads.Values.ToDictionary(row => row.Id, row => tables.Threads.Find(row.Id)?.Conversation ?? 0);
        var tops = new Dictionary<long, long>();
        foreach ((long thread, long conversation) in conversations)
        {
            if (!tops.TryAdd(Top(thread), conversation) && tops[Top(thread)] != conversation)
                return false;
        }
        return tops.Values.Distinct().Count() == tops.Count
            && threadOfId.All(pair => tables.Conversations.OfMessageIds([pair.Key]) is [var kept] && kept == conversations[pair.Value]);
    }

    /// <summary>Makes the store say the same. A conversation keeps the smallest number that a thread of it had.</summary>
    public int Keep(IMailTables tables)
    {
        UniteByStore(tables);
        HashSet<long> taken = [];
        foreach (IGrouping<long, ThreadRow> part in threads.Values.OrderBy(row => row.Id).GroupBy(row => Top(row.Id)))
        {
            long kept = part.Min(row => row.Conversation);
            long conversation = taken.Add(kept) ? kept : tables.Conversations.Create();
            foreach (ThreadRow row in part)
                tables.Threads.SetConversation(row.Id, conversation);
        }
        tables.Conversations.ForgetDerived();
        foreach (IGrouping<long, string> named in threadOfId.GroupBy(pair => Top(pair.Value), pair => pair.Key))
            tables.Conversations.Claim(tables.Threads.Find(named.Key)!.Conversation, named);
        foreach (long conversation in threads.Keys.Select(id => tables.Threads.Find(id)!.Conversation).Distinct())
            tables.Conversations.Recount(conversation);
        return threads.Count;
    }

    /// <summary>Branches, and answers that only their subject joins.</summary>
    private void UniteByStore(IMailTables tables)
    {
        foreach (ThreadRow row in threads.Values)
        {
            if (row.BranchOf is { } name && tables.Threads.Find(name) is { } parent && tables.Threads.HasParty(parent.Id, row.Creator))
                Unite(row.Id, parent.Id);
            foreach (MessageRow message in tables.Messages.InThread(row.Id))
            {
                foreach (long other in SubjectJoin.ThreadsOf(tables, message))
                    Unite(row.Id, other);
            }
        }
    }

    private static long Known<TKey>(Dictionary<TKey, long> places, TKey key, long thread)
        where TKey : notnull => places.TryAdd(key, thread) ? thread : places[key];

    private void Unite(long one, long other)
    {
        long first = Top(one), second = Top(other);
        above[Math.Max(first, second)] = Math.Min(first, second);
    }

    private long Top(long thread)
    {
        long top = thread;
        while (above.TryGetValue(top, out long next) && next != top)
            top = next;
        above[thread] = top;
        return top;
    }
}

using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>What was let go of.</summary>
/// <param name="Threads">The threads, which do not come back by sync.</param>
/// <param name="Others">Everybody else who could read them and may keep theirs.</param>
public sealed record ForgottenConversation(IReadOnlyList<Cid> Threads, int Messages, int Blocks, IReadOnlyList<Card> Others);

/// <summary>
/// Lets go of a conversation for good: keys, index, words, sentbox and blocks. What others announce of its threads is refused from then on. Mail
/// that the owner files or writes himself brings a thread back, with that mail alone.
/// </summary>
public static class Forgetting
{
    /// <exception cref="MailboxException">A thread cannot be opened; nothing is changed.</exception>
    public static ForgottenConversation Forget(IReplicationTables tables, long conversation, Did self, long now)
    {
        IReadOnlyList<ThreadRow> threads = tables.Threads.InConversation(conversation);
        var others = new Dictionary<Did, Card>();
        int messages = 0, blocks = 0;
        foreach (ThreadRow row in threads)
        {
            using Threads.Thread thread = ThreadAccess.Open(tables, row);
            foreach (Card party in thread.Genesis.Parties.Where(party => party.Identity != self))
                others[party.Identity] = party;
            messages += LetGo(tables, thread, row, self);
            blocks += RemoveBlocks(tables, row);
            tables.Threads.Forget(row, now);
        }
        tables.Conversations.Remove(conversation);
        return new ForgottenConversation([.. threads.Select(row => row.Thread)], messages, blocks, [.. others.Values]);
    }

    /// <summary>Takes what waits for others and the words of each message out; the rows go with the thread.</summary>
    private static int LetGo(IReplicationTables tables, Threads.Thread thread, ThreadRow row, Did self)
    {
        IReadOnlyList<MessageRow> messages = tables.Messages.InThread(row.Id);
        foreach (MessageRow message in messages)
        {
            tables.Outgoing.RemoveOf(message.Id);
            tables.Search.Remove(message.Id, TextOf(tables, thread, message, self));
        }
        return messages.Count;
    }

    /// <summary>What the index was given; null where the mail cannot be read any more, and its words stay without pointing anywhere.</summary>
    private static SearchText? TextOf(IMailTables tables, Threads.Thread thread, MessageRow row, Did self) =>
        tables.Blocks.Find(row.Cid) is { } block && thread.TryOpen(block, out Message? message, out _)
            ? Indexing.Read(thread, message, tables.Blocks, self, row.Date).Text
            : null;

    /// <summary>All that the thread reaches; no other thread can, because each block is sealed or signed for its own.</summary>
    private static int RemoveBlocks(IMailTables tables, ThreadRow row)
    {
        HashSet<Cid> reached = [row.Thread, .. ThreadRoot.Nodes(row.Root, tables.Blocks)];
        foreach (Cid message in tables.Messages.Names(row.Id))
        {
            reached.Add(message);
            if (tables.Blocks.Find(message) is { } block && MessageNode.TryRead(block, out MessageNode? node, out _))
                reached.UnionWith(node.Body);
        }
        tables.Blocks.Remove([.. reached]);
        return reached.Count;
    }
}

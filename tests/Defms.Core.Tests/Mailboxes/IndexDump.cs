using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Core.Tests.Mailboxes;

/// <summary>What an index says, so that two can be compared.</summary>
internal static class IndexDump
{
    /// <summary>What the index says, without row numbers: a line a message, a conversation, a Message-ID.</summary>
    /// <param name="records">Whether threads of records count, too.</param>
    public static IReadOnlyList<string> Of(IStore<IMailTables> store, bool records = true) => store.Read(tables =>
    {
        List<string> lines = [];
        HashSet<long> without = records ? [] : [.. tables.Records.PrivateThreads().Select(row => row.Thread)];
        foreach (ThreadRow row in tables.Threads.All().Where(row => !without.Contains(row.Id)))
        {
            string together = string.Join(' ', tables.Threads.InConversation(row.Conversation).Select(other => other.Thread.ToString()).Order());
            ConversationRow shown = tables.Conversations.Find(row.Conversation)! with { Id = 0, Newest = 0 };
            lines.Add($"{row.Thread} {row.Root} {row.Count} {row.IsFiled} {shown} {tables.Threads.Find(tables.Conversations.Find(row.Conversation)!.Newest)?.Thread} {together}");
            foreach (MessageRow message in tables.Messages.InThread(row.Id))
            {
                IEnumerable<string> ids = message.MessageId is { } id ? [id] : [];
                bool isLed = ids.All(each => tables.Conversations.OfMessageIds([each]).SequenceEqual([row.Conversation]));
                lines.Add($"{message with { Id = 0, Thread = 0, Hash = [] }} {Convert.ToHexString(message.Hash)} {message.Content} {isLed}");
            }
        }
        lines.Sort(StringComparer.Ordinal);
        return lines;
    });
}

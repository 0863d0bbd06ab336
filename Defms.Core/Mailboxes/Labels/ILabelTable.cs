namespace Defms.Core.Mailboxes.Labels;

/// <summary>A label with what it is on.</summary>
/// <param name="Text">One way in which it is written; the first where several are in use.</param>
/// <param name="Messages">Different mails that are shown.</param>
public sealed record LabelCount(string Text, int Conversations, int Messages);

/// <summary>The labels of messages. A message may spell one as another message does not: that follows the record of the one that put it there.</summary>
public interface ILabelTable
{
    /// <summary>Puts a label on a message; one that is there already is spelled anew. Whether it was not there.</summary>
    bool Put(MessageRow message, Label label);

    /// <summary>Whether it was there.</summary>
    bool Remove(long message, string key);

    /// <summary>How a message spells a label; null where it has it not.</summary>
    string? Find(long message, string key);

    /// <summary>How any message spells a label; null where none has it.</summary>
    string? Spelling(string key);

    /// <summary>The labels of each message of a thread that has any, by row number; each in the order of their keys.</summary>
    ILookup<long, string> InThread(long thread);

    /// <summary>What the messages shown of a conversation have, each once, in the order of their keys.</summary>
    IReadOnlyList<string> InConversation(long conversation);

    /// <summary>All labels of messages that are shown, in the order of their keys.</summary>
    IReadOnlyList<LabelCount> List();
}

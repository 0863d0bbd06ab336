using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes;

/// <summary>A row of the list of conversations.</summary>
/// <param name="Updated">Unix milliseconds of its newest message.</param>
/// <param name="Newest">Row number of the thread with the newest message.</param>
/// <param name="Subject">Of its oldest message.</param>
/// <param name="From">Header text of the newest message.</param>
/// <param name="Messages">How many different mails it shows.</param>
public sealed record ConversationRow(long Id, long Updated, long Newest, string Subject, string From, string To, int Messages, int Unread);

/// <summary>Which conversations are listed.</summary>
/// <param name="Text">Only those in whose subject, From, To or Cc every word of this occurs.</param>
/// <param name="UnreadOnly">Only those with unread mail.</param>
/// <param name="Limit">At most so many, the newest first.</param>
public readonly record struct ConversationFilter(string? Text, bool UnreadOnly, int Limit);

/// <summary>
/// Conversations: the threads and branches that one person reads as one. A Message-ID belongs to one conversation, also before its
/// message is here.
/// </summary>
public interface IConversationTable
{
    /// <summary>Starts an empty conversation.</summary>
    long Create();

    ConversationRow? Find(long id);

    /// <summary>The conversations that these Message-IDs belong to, each once, oldest first.</summary>
    IReadOnlyList<long> OfMessageIds(IEnumerable<string> messageIds);

    /// <summary>Gives Message-IDs to a conversation; those that have one already keep it.</summary>
    void Claim(long conversation, IEnumerable<string> messageIds);

    /// <summary>Moves threads and Message-IDs of <paramref name="from"/> to <paramref name="into"/>, and counts anew.</summary>
    void Merge(long into, long from);

    /// <summary>Counts one new message in; costs the same however long the conversation is.</summary>
    void Count(long conversation, MessageRow added, bool isSameMail);

    /// <summary>Counts all of a conversation anew from its messages, after flags changed or threads moved.</summary>
    void Recount(long conversation);

    /// <summary>Lets go of a conversation without threads, and of its Message-IDs.</summary>
    void Remove(long conversation);

    /// <summary>Makes the conversations that threads are said to be in and that are not there; how many.</summary>
    int AddMissing();

    /// <summary>Forgets all Message-IDs and all conversations without threads: what comes before making them anew from the messages.</summary>
    void ForgetDerived();

    /// <summary>The newest conversations; those with nothing to show are left out.</summary>
    IReadOnlyList<ConversationRow> List(ConversationFilter filter);
}

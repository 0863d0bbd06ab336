using Defms.Core.Mailboxes.Search;

namespace Defms.Core.Mailboxes;

/// <summary>What is asked of the index.</summary>
/// <param name="Query">Every <see cref="InThread"/> in it with its conversation.</param>
/// <param name="ByRelevance">The best first instead of the newest.</param>
/// <param name="PerConversation">Only the first message of each conversation.</param>
/// <param name="Limit">At most so many.</param>
public sealed record SearchRequest(SearchNode Query, bool ByRelevance, bool PerConversation, int Limit);

/// <summary>A message that is meant by a query.</summary>
/// <param name="Message">Its row number.</param>
/// <param name="Conversation">Row number of the conversation that shows it.</param>
public sealed record SearchHit(long Message, long Conversation);

/// <summary>How the text of a message begins.</summary>
/// <param name="IsWhole">Whether it is all of it.</param>
public sealed record SearchedText(string Text, bool IsWhole);

/// <summary>
/// The full-text index. It holds words and places, not texts, so an entry can only be taken out by who has its texts: before a message with an
/// entry is let go, <see cref="Remove"/> it.
/// </summary>
public interface ISearchTable
{
    /// <summary>
    /// Adds a message. Its words are written when the transaction ends or the index is next asked, all of one transaction together in the
    /// order of their dates: that is many times faster than one by one.
    /// </summary>
    /// <param name="message">Row number; not in the index yet.</param>
    /// <param name="date">Unix milliseconds, as in <see cref="MessageRow.Date"/>.</param>
    void Add(long message, long date, SearchText text);

    bool Has(long message);

    /// <summary>How many messages are in the index.</summary>
    long Count();

    /// <summary>Takes a message out; false when it is not in the index.</summary>
    /// <param name="text">Exactly what was added; null when it cannot be had any more: then its words stay, and lead nowhere.</param>
    bool Remove(long message, SearchText? text);

    /// <summary>Empties the index, to fill it anew.</summary>
    void Clear();

    /// <summary>How the text of a message begins; null when it is not in the index.</summary>
    SearchedText? Text(long message);

    /// <summary>Messages that are meant and not deleted; the same mail in several threads of a conversation once.</summary>
    IReadOnlyList<SearchHit> Find(SearchRequest request);
}

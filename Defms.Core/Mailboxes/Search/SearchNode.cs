namespace Defms.Core.Mailboxes.Search;

/// <summary>Where words are looked for.</summary>
public enum SearchField
{
    /// <summary>In all of the others.</summary>
    Any,
    Subject,
    From,
    To,
    Cc,
    Body,
    Attachment,
    List,
}

/// <summary>What the mailbox knows of a message and can be asked for.</summary>
public enum SearchState
{
    Unread,
    Read,
    Flagged,
    Answered,
    Own,
    HasAttachment,
}

/// <summary>A query as a tree, which says of every message whether it is meant.</summary>
public abstract record SearchNode;

/// <summary>All of them; without any, every message.</summary>
public sealed record AllOf(IReadOnlyList<SearchNode> Nodes) : SearchNode;

/// <summary>At least one of them.</summary>
public sealed record AnyOf(IReadOnlyList<SearchNode> Nodes) : SearchNode;

/// <summary>The messages that are not meant by <paramref name="Node"/>.</summary>
public sealed record NoneOf(SearchNode Node) : SearchNode;

/// <summary>Words that stand one behind the other.</summary>
/// <param name="Words">As the person wrote them; what stands between words does not count. There is at least one letter or digit.</param>
/// <param name="IsPrefix">Whether the last word is only the beginning of one.</param>
public sealed record Phrase(SearchField Field, string Words, bool IsPrefix) : SearchNode;

/// <summary>A state of the message.</summary>
public sealed record HasState(SearchState State) : SearchNode;

/// <summary>Messages with a label.</summary>
/// <param name="Key">What the label is compared by.</param>
public sealed record HasLabel(string Key) : SearchNode;

/// <summary>Messages of a time.</summary>
/// <param name="From">Unix milliseconds of the first moment that counts, or <see cref="long.MinValue"/>.</param>
/// <param name="Until">Unix milliseconds of the first moment that does not count any more, or <see cref="long.MaxValue"/>.</param>
public sealed record Dated(long From, long Until) : SearchNode;

/// <summary>Messages of the conversation to which a thread belongs.</summary>
/// <param name="Name">The front of its CID as the person wrote it.</param>
/// <param name="Position">Where in the query that stands.</param>
public sealed record InThread(string Name, int Position) : SearchNode
{
    /// <summary>Row number of the conversation, once the name has been looked up.</summary>
    public long? Conversation { get; init; }
}

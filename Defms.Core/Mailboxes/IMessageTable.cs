using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Mailboxes;

/// <summary>What is known of a message beside its octets. Numbers are stored: never change one.</summary>
[Flags]
public enum MessageFlags
{
    None = 0,
    Read = 1,
    Flagged = 2,
    Answered = 4,

    /// <summary>Taken out of the views by the person; it stays in the thread's set.</summary>
    Deleted = 8,

    /// <summary>A chunk of it is not what the author sealed.</summary>
    Damaged = 16,

    /// <summary>Chunks of it are not here yet; the index knows its header only when they are.</summary>
    Incomplete = 32,

    /// <summary>Written by the owner of this store.</summary>
    Own = 64,

    /// <summary>Not finished yet, by the word of the program it was imported from.</summary>
    Draft = 128,

    /// <summary>Passed on to somebody else.</summary>
    Forwarded = 256,

    /// <summary>No mail but what programs tell each other (<see cref="Records.RecordMail"/>): views pass it over as they do what is deleted.</summary>
    Record = 512,
}

/// <summary>A message as lists show it; all of it can be rebuilt from the blocks, but for the flags.</summary>
public sealed record MessageRow
{
    /// <summary>Row number, for joins inside this store only.</summary>
    public long Id { get; init; }

    /// <summary>Row number of its thread.</summary>
    public required long Thread { get; init; }

    public required Cid Cid { get; init; }

    public required Did Author { get; init; }

    /// <summary>SHA-256 of the octets.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>By which the same mail is known however it came; none while its octets are not whole.</summary>
    public ContentHash Content { get; init; }

    /// <summary>What its subject joins it by, where nothing better does (<see cref="SubjectJoin"/>); null where the subject joins nothing.</summary>
    public long? SubjectKey { get; init; }

    public required long Size { get; init; }

    /// <summary>Unix milliseconds that order it on the screen: the author's word, else the Date field's, else the arrival.</summary>
    public required long Date { get; init; }

    /// <summary>Message-ID without angle brackets.</summary>
    public string? MessageId { get; init; }

    public string Subject { get; init; } = "";

    /// <summary>Header text of From, To and Cc, decoded.</summary>
    public string From { get; init; } = "";

    public string To { get; init; } = "";

    public string Cc { get; init; } = "";

    public int Attachments { get; init; }

    public MessageFlags Flags { get; init; }
}

/// <summary>Messages by name, thread and conversation, and the chunks that are still awaited.</summary>
public interface IMessageTable
{
    MessageRow? Find(Cid message);

    MessageRow? Find(long id);

    bool Has(Cid message);

    /// <summary>Keeps a message; <see cref="MessageRow.Id"/> of <paramref name="row"/> is passed over, the new one is returned.</summary>
    long Add(MessageRow row);

    /// <summary>Replaces what the index says of a message (all but its name, thread and flags).</summary>
    void Update(MessageRow row);

    /// <summary>Puts a row that the index had at a wrong place to the thread its message belongs to.</summary>
    void Move(long id, long thread);

    /// <summary>Lets go of a row that names no message, with all that was noted of it.</summary>
    void Remove(long id);

    /// <summary>Sets and clears flags; returns how many messages changed.</summary>
    int SetFlags(IEnumerable<long> ids, MessageFlags set, MessageFlags clear);

    /// <summary>Names of all messages of a thread, by bytes.</summary>
    IReadOnlyList<Cid> Names(long thread);

    IReadOnlyList<MessageRow> InThread(long thread);

    IReadOnlyList<MessageRow> InConversation(long conversation);

    /// <summary>Messages of a conversation with this digest of octets.</summary>
    IReadOnlyList<MessageRow> WithHash(long conversation, ReadOnlySpan<byte> hash);

    /// <summary>Messages of a conversation that are the same mail as <paramref name="row"/>, itself included where it is kept.</summary>
    IReadOnlyList<MessageRow> Copies(long conversation, MessageRow row);

    /// <summary>The conversations that hold the same mail as <paramref name="row"/>, each once, oldest first.</summary>
    IReadOnlyList<long> ConversationsOfCopies(MessageRow row);

    /// <summary>Messages with this subject key between two dates (inclusive, Unix milliseconds), oldest first.</summary>
    IReadOnlyList<MessageRow> WithSubject(long subjectKey, long from, long to, int limit);

    /// <summary>Whether a filed thread, of whichever epoch, holds octets with this digest.</summary>
    bool IsFiled(ReadOnlySpan<byte> hash);

    /// <summary>Names between two bounds (inclusive, by bytes), at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Cid> Between(Cid low, Cid high, int limit);

    /// <summary>Notes chunks that a message still needs.</summary>
    void AddMissing(long message, IEnumerable<Cid> chunks);

    /// <summary>Chunks that messages of a thread still need.</summary>
    /// <param name="largest">Only messages of at most so many bytes.</param>
    IReadOnlyList<Cid> Missing(long thread, long largest = long.MaxValue);

    /// <summary>Chunks that any message still needs, with the thread they belong to, at most <paramref name="limit"/>.</summary>
    /// <param name="largest">Only messages of at most so many bytes.</param>
    IReadOnlyList<(Cid Chunk, long Thread)> AllMissing(int limit, long largest = long.MaxValue);

    /// <summary>Whether any message still needs this chunk.</summary>
    bool IsMissing(Cid chunk);

    /// <summary>Notes that chunks have arrived; returns the messages that wait for none any more.</summary>
    IReadOnlyList<long> Arrived(IEnumerable<Cid> chunks);

    /// <summary>Notes names that were given as messages of a thread and do not belong to it.</summary>
    void Refuse(long thread, IEnumerable<Cid> messages);

    /// <summary>
    /// Whether a name is known not to belong to this thread, so that it is not asked for again. It may belong to another, whoever named it here.
    /// </summary>
    bool IsRefused(long thread, Cid message);
}

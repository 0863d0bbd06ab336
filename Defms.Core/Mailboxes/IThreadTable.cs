using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Mailboxes;

/// <summary>A thread that the person can read.</summary>
/// <param name="Id">Row number, for joins inside this store only.</param>
/// <param name="Thread">The thread's name.</param>
/// <param name="Key">Its 32-byte key.</param>
/// <param name="Root">Its state: the root over all messages of it that are kept.</param>
/// <param name="Count">How many messages that names.</param>
/// <param name="Conversation">The conversation that shows it.</param>
public sealed record ThreadRow(long Id, Cid Thread, byte[] Key, Cid Root, int Count, Did Creator, Cid? BranchOf, long Conversation)
{
    /// <summary>Whether it holds mail of the old world, filed by the owner for himself.</summary>
    public bool IsFiled { get; init; }
}

/// <summary>Threads, by name and by party.</summary>
public interface IThreadTable
{
    ThreadRow? Find(Cid thread);

    ThreadRow? Find(long id);

    /// <summary>Keeps a thread; <see cref="ThreadRow.Id"/> of <paramref name="row"/> is passed over, the new one is returned.</summary>
    long Add(ThreadRow row, IEnumerable<Did> parties);

    /// <summary>Sets what the genesis says of a thread: creator, branch, whether it is filed, and the parties.</summary>
    void Describe(ThreadRow row, IEnumerable<Did> parties);

    /// <summary>Sets the name and the key of a thread right.</summary>
    void Mend(long id, Cid thread, byte[] key);

    /// <summary>Lets go of a thread with its messages, but for their blocks; it may come again.</summary>
    void Remove(long id);

    void SetRoot(long id, Cid root, int count);

    void SetConversation(long id, long conversation);

    IReadOnlyList<Did> Parties(long id);

    bool HasParty(long id, Did party);

    IReadOnlyList<ThreadRow> InConversation(long conversation);

    /// <summary>All threads that have this party, in the order they were added.</summary>
    IReadOnlyList<ThreadRow> WithParty(Did party);

    /// <summary>Threads that name <paramref name="parent"/> as what they branch from.</summary>
    IReadOnlyList<ThreadRow> BranchesOf(Cid parent);

    /// <summary>Names between two bounds (inclusive, by bytes), at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Cid> Between(Cid low, Cid high, int limit);

    /// <summary>Lets go of a thread with its messages, and remembers that. Their words are out of the full-text index already.</summary>
    void Forget(ThreadRow row, long now);

    /// <summary>Whether the person let go of a thread that is not here since.</summary>
    bool IsForgotten(Cid thread);

    /// <summary>Lets a forgotten thread come back; false when it was not forgotten.</summary>
    bool Recall(Cid thread);

    /// <summary>Names of forgotten threads between two bounds (inclusive, by bytes), at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Cid> ForgottenBetween(Cid low, Cid high, int limit);

    /// <summary>Every thread, in the order they were added, streamed.</summary>
    IEnumerable<ThreadRow> All();
}

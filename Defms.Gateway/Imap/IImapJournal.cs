using System.Collections.Concurrent;

namespace Defms.Gateway.Imap;

/// <summary>How far one folder has been fetched. Every mail below <see cref="UidNext"/> that is not in <see cref="Waiting"/> is dealt with.</summary>
/// <param name="UidValidity">The generation of the UIDs (RFC 3501, 2.3.1.1); when the server names another, this state says nothing.</param>
/// <param name="UidNext">All mails below it have been listed.</param>
/// <param name="ModSeq">Changes up to this modification sequence have been told (RFC 7162); 0 when the server counts none.</param>
/// <param name="Waiting">Listed and not yet stored.</param>
/// <param name="ToRemove">Stored, and by the account's wish to be deleted or moved at the origin, which has not been done yet.</param>
public sealed record FolderState(uint UidValidity, long UidNext, long ModSeq, UidSet Waiting, UidSet ToRemove);

/// <summary>
/// Remembers how far the folders of one account have been fetched. Folders are asked about from several tasks at once; one folder is not.
/// </summary>
public interface IImapJournal
{
    /// <summary>What was last saved for a folder; null where nothing was.</summary>
    ValueTask<FolderState?> FindAsync(string folder, CancellationToken cancel);

    /// <summary>
    /// Returns when the state is durable. It never claims more than what <see cref="IImapSink"/> has stored, so losing the last saves costs a
    /// second fetch and no mail. The state is not changed afterwards.
    /// </summary>
    ValueTask SaveAsync(string folder, FolderState state, CancellationToken cancel);
}

/// <summary>A journal that lasts as long as the process.</summary>
public sealed class MemoryImapJournal : IImapJournal
{
    private readonly ConcurrentDictionary<string, FolderState> states = new(StringComparer.Ordinal);

    public ValueTask<FolderState?> FindAsync(string folder, CancellationToken cancel) => new(states.GetValueOrDefault(folder));

    public ValueTask SaveAsync(string folder, FolderState state, CancellationToken cancel)
    {
        states[folder] = state;
        return default;
    }
}

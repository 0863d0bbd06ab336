using System.Globalization;
using System.Text;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Gateway.Imap;

namespace Defms.Gateway.Accounts;

/// <summary>
/// How far the folders of one account have been fetched, in the gateway's store: one setting a folder, the five parts of a
/// <see cref="FolderState"/> with semicolons. One that cannot be read counts as none: the folder is fetched again, and nothing twice.
/// </summary>
internal sealed class ImapJournal(IStore<IReplicationTables> store, string account) : IImapJournal
{
    public ValueTask<FolderState?> FindAsync(string folder, CancellationToken cancel) =>
        new(store.Read(tables => tables.Settings.Get(SettingOf(folder))) is { } written ? Read(written) : null);

    public async ValueTask SaveAsync(string folder, FolderState state, CancellationToken cancel)
    {
        string written = string.Create(
            CultureInfo.InvariantCulture, $"{state.UidValidity};{state.UidNext};{state.ModSeq};{state.Waiting};{state.ToRemove}");
        await store.WriteAsync(tables =>
        {
            tables.Settings.Set(SettingOf(folder), written);
            return true;
        }, cancel);
    }

    private static FolderState? Read(string written)
    {
        if (written.Split(';') is not [var validity, var next, var modSeq, var waiting, var toRemove])
            return null;
        bool isRead = uint.TryParse(validity, CultureInfo.InvariantCulture, out uint uidValidity)
            & long.TryParse(next, CultureInfo.InvariantCulture, out long uidNext)
            & long.TryParse(modSeq, CultureInfo.InvariantCulture, out long changes)
            & TryReadSet(waiting, out UidSet left)
            & TryReadSet(toRemove, out UidSet remove);
        return isRead ? new FolderState(uidValidity, uidNext, changes, left, remove) : null;
    }

    private static bool TryReadSet(string written, out UidSet set)
    {
        set = new UidSet();
        return written.Length == 0 || UidSet.TryParse(Encoding.ASCII.GetBytes(written), out set);
    }

    private string SettingOf(string folder) => $"imap/{account}/{folder}";
}

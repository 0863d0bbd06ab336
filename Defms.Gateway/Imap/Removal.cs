using Defms.Gateway.Imap.Commands;

namespace Defms.Gateway.Imap;

/// <summary>
/// Deletes or moves at the origin what the sink has stored, by the account's wish. If the connection breaks between copying and removing, the
/// mail is copied again in the next pass: better twice there than lost.
/// </summary>
internal sealed class Removal(ImapConnection connection, ImapFolder folder, IReadOnlyList<ImapFolder> folders, PassReport report)
{
    /// <param name="save">Makes the progress durable.</param>
    public async Task RunAsync(FolderProgress progress, Func<ValueTask> save)
    {
        ImapAccount account = connection.Account;
        UidSet uids = progress.ToRemove();
        if (account.AfterStorage == AfterStorage.Keep || uids.IsEmpty)
            return;
        ImapFolder? target = account.AfterStorage == AfterStorage.Move ? FindTarget() : null;
        if (Obstacle(target) is { } obstacle)
        {
            report.Refused(obstacle);
            return;
        }
        OpenedFolder opened = await OpenFolder.SelectAsync(connection, folder);
        if (opened.UidValidity != progress.UidValidity)
            return;
        await RemoveMails.RunAsync(connection, uids, target, async removed =>
        {
            report.Removed += removed.Count;
            progress.Removed(removed);
            await save();
        });
    }

    private string? Obstacle(ImapFolder? target) =>
        connection.Account.AfterStorage == AfterStorage.Move && target is null
            ? $"There is no folder {connection.Account.MoveTo} at {connection.Account.Host} to move mail to; make it there, or name another."
            : RemoveMails.Missing(connection, connection.Account.AfterStorage);

    private ImapFolder? FindTarget() =>
        connection.Account.MoveTo is { } name ? folders.FirstOrDefault(candidate => candidate.IsCalled(name)) : null;
}

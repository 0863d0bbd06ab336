namespace Defms.Gateway.Imap.Commands;

/// <summary>
/// Takes mails out of the selected folder: UID MOVE (RFC 6851), else UID COPY; UID STORE and UID EXPUNGE (RFC 4315), which removes no mail but
/// these. Without UIDPLUS nothing is removed: a plain EXPUNGE would also remove what the person only marked.
/// </summary>
internal static class RemoveMails
{
    private const int BatchSize = 500;

    /// <summary>Why the server cannot do it safely; null where it can.</summary>
    public static string? Missing(ImapConnection connection, AfterStorage wish) =>
        connection.Offers("UIDPLUS") || (wish == AfterStorage.Move && connection.Offers("MOVE")) ? null
            : $"{connection.Account.Host} cannot remove single mails (neither UIDPLUS nor MOVE), so they stay where they are.";

    /// <param name="onRemoved">Is given what is gone, batch by batch.</param>
    public static async Task RunAsync(ImapConnection connection, UidSet uids, ImapFolder? target, Func<UidSet, ValueTask> onRemoved)
    {
        foreach (UidSet batch in uids.InPieces(BatchSize))
        {
            if (target is null)
                await DeleteAsync(connection, batch);
            else
                await MoveAsync(connection, batch, ImapConnection.Quote(target.WireName));
            await onRemoved(batch);
        }
    }

    private static async Task MoveAsync(ImapConnection connection, UidSet batch, string target)
    {
        if (connection.Offers("MOVE"))
        {
            await connection.RequireAsync($"UID MOVE {batch} {target}", "move mails");
            return;
        }
        await connection.RequireAsync($"UID COPY {batch} {target}", "copy mails");
        await DeleteAsync(connection, batch);
    }

    private static async Task DeleteAsync(ImapConnection connection, UidSet batch)
    {
        await connection.RequireAsync($"UID STORE {batch} +FLAGS.SILENT (\\Deleted)", "mark mails as deleted");
        await connection.RequireAsync($"UID EXPUNGE {batch}", "remove mails");
    }
}

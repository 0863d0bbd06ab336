using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>What the server says of a folder as it opens it.</summary>
/// <param name="UidNext">0 where it does not say.</param>
/// <param name="ModSeq">0 where it does not count changes.</param>
internal readonly record struct OpenedFolder(uint UidValidity, long UidNext, long ModSeq, long Mails);

/// <summary>EXAMINE, and SELECT where something is to be changed (RFC 3501, 6.3.1 and 6.3.2; RFC 7162, 3.1).</summary>
internal static class OpenFolder
{
    /// <summary>Opens it for reading only, which also leaves \Recent as it is.</summary>
    /// <exception cref="ImapException">With <see cref="ImapFault.Refused"/> the connection goes on.</exception>
    public static Task<OpenedFolder> ExamineAsync(ImapConnection connection, ImapFolder folder) => RunAsync(connection, "EXAMINE", folder);

    public static Task<OpenedFolder> SelectAsync(ImapConnection connection, ImapFolder folder) => RunAsync(connection, "SELECT", folder);

    private static async Task<OpenedFolder> RunAsync(ImapConnection connection, string command, ImapFolder folder)
    {
        OpenedFolder opened = default;
        string options = connection.CountsChanges && !connection.TellsVanished ? " (CONDSTORE)" : "";
        await connection.RequireAsync(
            $"{command} {ImapConnection.Quote(folder.WireName)}{options}", $"open the folder {folder.Name}", response => opened = Note(opened, response));
        connection.HasNews = false;
        return opened.UidValidity > 0 ? opened
            : throw new ImapException(ImapFault.Refused, $"{connection.Account.Host} gives the mails in {folder.Name} no lasting numbers (UIDVALIDITY), so they cannot be fetched safely.");
    }

    private static OpenedFolder Note(OpenedFolder opened, Response response)
    {
        TokenCursor cursor = response.Cursor;
        if (response.Kind == ResponseKind.Data)
            return cursor.TryNumber(out long mails) && cursor.TryWord("EXISTS"u8) ? opened with { Mails = mails } : opened;
        if (response.Status != StatusWord.Ok)
            return opened;
        return cursor.TryWord("UIDVALIDITY"u8) && cursor.TryUid(out uint validity) ? opened with { UidValidity = validity }
            : cursor.TryWord("UIDNEXT"u8) && cursor.TryUid(out uint next) ? opened with { UidNext = next }
            : cursor.TryWord("HIGHESTMODSEQ"u8) && cursor.TryNumber(out long modSeq) ? opened with { ModSeq = modSeq }
            : opened;
    }
}

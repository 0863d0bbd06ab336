using System.Text;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>LIST (RFC 3501, 6.3.8), with roles where the server has them (RFC 6154).</summary>
internal static class ListFolders
{
    /// <summary>An account with more is no person's; what lies beyond is a fault, since it would be left out without a word.</summary>
    private const int MaxFolders = 20_000;

    public static async Task<IReadOnlyList<ImapFolder>> RunAsync(ImapConnection connection)
    {
        var folders = new Dictionary<string, ImapFolder>(StringComparer.Ordinal);
        char? separator = null;
        bool asksRoles = connection.Offers("SPECIAL-USE") && connection.Offers("LIST-EXTENDED");
        await connection.RequireAsync("LIST \"\" \"*\"" + (asksRoles ? " RETURN (SPECIAL-USE)" : ""), "list the folders", response =>
        {
            if (Read(connection, response, ref separator) is { } folder)
                folders.TryAdd(folder.Name, folder);
            if (folders.Count > MaxFolders)
                throw connection.BadAnswer($"lists more than {MaxFolders} folders");
        });
        return [.. FolderRoles.Guess([.. folders.Values], separator)];
    }

    /// <summary>A folder that can be opened; null for anything else.</summary>
    private static ImapFolder? Read(ImapConnection connection, Response response, ref char? separator)
    {
        TokenCursor cursor = response.Cursor;
        if (response.Kind != ResponseKind.Data || !cursor.TryWord("LIST"u8))
            return null;
        if (!cursor.TryOpen() || !ReadAttributes(ref cursor, out FolderRole role, out bool canBeOpened)
            || !cursor.TryString(out ReadOnlySpan<byte> mark) || !cursor.TryString(out ReadOnlySpan<byte> wire))
            throw connection.BadAnswer("listed a folder in a way that cannot be read");
        if (mark.Length == 1)
            separator = (char)mark[0];
        // A name that would end the line of a command cannot be asked for.
        if (!canBeOpened || wire.IsEmpty || wire.ContainsAny((byte)'\r', (byte)'\n', (byte)0))
            return null;
        string name = connection.SpeaksUtf8 ? Encoding.UTF8.GetString(wire) : ModifiedUtf7.Decode(wire);
        return FolderRoles.IsInbox(name)
            ? new ImapFolder("INBOX", FolderRole.Inbox)
            : new ImapFolder(name, role) { WireName = Encoding.Latin1.GetString(wire) };
    }

    private static bool ReadAttributes(ref TokenCursor cursor, out FolderRole role, out bool canBeOpened)
    {
        (role, canBeOpened) = (FolderRole.None, true);
        while (cursor.TryAtom(out ReadOnlySpan<byte> attribute))
        {
            FolderRole found = FolderRoles.OfAttribute(attribute);
            role = found == FolderRole.None ? role : found;
            canBeOpened &= !Ascii.EqualsIgnoreCase(attribute, "\\Noselect"u8) && !Ascii.EqualsIgnoreCase(attribute, "\\NonExistent"u8);
        }
        return cursor.TryClose();
    }
}

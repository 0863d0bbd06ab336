using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>UID FETCH without the mails: which are there, and what changed.</summary>
internal static class ListMails
{
    /// <summary>No provider lets a folder grow so large; the list of them takes 20 MB.</summary>
    private const int MaxMails = 5_000_000;

    /// <summary>The UIDs in the open folder from <paramref name="first"/> on.</summary>
    public static Task<UidSet> FromAsync(ImapConnection connection, long first) => RunAsync(connection, $"{first}:*", first);

    /// <summary>Those of <paramref name="uids"/> that are still in the open folder.</summary>
    public static Task<UidSet> AmongAsync(ImapConnection connection, UidSet uids) => RunAsync(connection, uids.ToString(), 1);

    /// <summary>
    /// Tells what changed among the mails below a UID since a modification sequence (RFC 7162, 3.1.4.1 and 3.2.6): flags, and what vanished where the server tells it.
    /// </summary>
    public static async Task ChangesAsync(
        ImapConnection connection, long below, long since, Func<uint, IReadOnlyList<string>, ValueTask> onFlags, Func<UidSet, ValueTask> onVanished)
    {
        string tag = await connection.SendAsync($"UID FETCH 1:{below - 1} (UID FLAGS) (CHANGEDSINCE {since}{(connection.TellsVanished ? " VANISHED" : "")})");
        while (true)
        {
            Response response = await connection.ReadAsync();
            if (connection.IsEndOf(response, tag))
            {
                if (response.Status != StatusWord.Ok)
                    throw connection.Refused("tell what changed", response);
                return;
            }
            if (TryVanished(response, out UidSet vanished))
                await onVanished(vanished);
            else if (FetchItem.TryRead(response, out FetchItem item, out bool isSound) && Sound(connection, isSound) && item is { Uid: > 0, Flags: { } flags })
                await onFlags(item.Uid, flags);
        }
    }

    public static bool Sound(ImapConnection connection, bool isSound) =>
        isSound ? true : throw connection.BadAnswer("described a mail in a way that cannot be read");

    private static async Task<UidSet> RunAsync(ImapConnection connection, string set, long first)
    {
        var uids = new List<uint>();
        await connection.RequireAsync($"UID FETCH {set} (UID)", "list the mails", response =>
        {
            // n:* means the last mail too, also where it is before n.
            if (FetchItem.TryRead(response, out FetchItem item, out bool isSound) && Sound(connection, isSound) && item.Uid >= first && item.Uid > 0)
                uids.Add(item.Uid);
            if (uids.Count > MaxMails)
                throw connection.BadAnswer($"lists more than {MaxMails} mails in one folder");
        });
        return UidSet.From(uids);
    }

    private static bool TryVanished(Response response, out UidSet vanished)
    {
        vanished = new UidSet();
        TokenCursor cursor = response.Cursor;
        if (response.Kind != ResponseKind.Data || !cursor.TryWord("VANISHED"u8))
            return false;
        if (cursor.TryOpen())
        {
            cursor.TryWord("EARLIER"u8);
            cursor.TryClose();
        }
        return cursor.TryAtom(out ReadOnlySpan<byte> set) && UidSet.TryParse(set, out vanished);
    }
}

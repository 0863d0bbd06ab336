using System.Globalization;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Core.Replication;

/// <summary>
/// Above which size a mail's chunks are left with the others until somebody wants to read it. What a sender brings by himself is kept all the same; the
/// sentbox of who sent it says "stored" only when all of it is here.
/// </summary>
public static class FetchLimit
{
    /// <summary>The setting: bytes in decimal digits.</summary>
    public const string Setting = "fetch.limit";

    /// <summary>In bytes of the mail; null where everything is fetched.</summary>
    public static long? Of(IMailTables tables) =>
        long.TryParse(tables.Settings.Get(Setting), NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : null;

    /// <summary>Chunks of a thread that are fetched without being asked for.</summary>
    internal static IReadOnlyList<Cid> Wanted(IMailTables tables, long thread) => tables.Messages.Missing(thread, Of(tables) ?? long.MaxValue);

    /// <summary>Chunks of any thread that are fetched without being asked for, at most <paramref name="limit"/>.</summary>
    public static IReadOnlyList<(Cid Chunk, long Thread)> AllWanted(IMailTables tables, int limit) => tables.Messages.AllMissing(limit, Of(tables) ?? long.MaxValue);
}

namespace Defms.Faults.Promises;

/// <summary>
/// Whether a program had its store synced before it promised something. A commit of SQLite's write-ahead log is a frame whose header (24 octets) has a
/// number other than 0 in octets 4 to 8 (sqlite.org/fileformat2.html section 4.1).
/// </summary>
internal static class PromiseOrder
{
    private const int FrameHeader = 24;

    /// <summary>What is wrong with the order, in a sentence; null if nothing is.</summary>
    /// <param name="isAsked">The moment from which on what is promised may be stored; null for the beginning.</param>
    /// <param name="isPromise">The moment of the promise: the first behind that one.</param>
    /// <param name="octets">How many octets have to go into the log for it.</param>
    public static string? Complain(IReadOnlyList<TraceEvent> events, Func<TraceEvent, bool>? isAsked, Func<TraceEvent, bool> isPromise, long octets)
    {
        int asked = isAsked is null ? 0 : Find(events, 0, isAsked);
        int promised = asked < 0 ? -1 : Find(events, asked, isPromise);
        if (promised < 0)
            return asked < 0 ? "nobody asked for anything" : "nothing was promised";
        long written = 0;
        bool isCommitted = false;
        foreach (TraceEvent one in events.Take(promised).Skip(asked).Where(one => one.Ends && IsLog(one)))
        {
            if (one.Call is "pwrite64" && one.Result > 0)
            {
                written += one.Result;
                isCommitted |= IsCommit(one) && written >= octets;
            }
            else if (isCommitted && one.Call is "fdatasync" or "fsync" && one.Result == 0)
                return null;
        }
        return isCommitted ? "the promise came before the commit was synced"
            : written >= octets ? "the promise came before the commit"
            : $"the promise came when only {written} octets of at least {octets} were written";
    }

    /// <summary>The files below a folder that were written and not synced afterwards when the promise was made.</summary>
    public static IReadOnlyList<string> Unsynced(IReadOnlyList<TraceEvent> events, string folder, Func<TraceEvent, bool> isPromise)
    {
        var dirty = new SortedSet<string>(StringComparer.Ordinal);
        int promised = Find(events, 0, isPromise);
        // What is shared with other processes while the store is open is no part of it.
        foreach (TraceEvent one in events.Take(promised).Where(one => one.Path.StartsWith(folder, StringComparison.Ordinal) && !one.Path.EndsWith("-shm", StringComparison.Ordinal)))
        {
            if (one.Begins && one.Call is "pwrite64" or "ftruncate" or "write")
                dirty.Add(one.Path);
            else if (one.Ends && one.Result == 0 && one.Call is "fsync" or "fdatasync")
                dirty.Remove(one.Path);
        }
        return [.. dirty];
    }

    private static bool IsLog(TraceEvent one) => one.Path.EndsWith("/store.db-wal", StringComparison.Ordinal);

    private static bool IsCommit(TraceEvent one) => one.Length == FrameHeader && one.Octets.Length == FrameHeader && one.Octets.AsSpan(4, 4).ContainsAnyExcept((byte)0);

    private static int Find(IReadOnlyList<TraceEvent> events, int from, Func<TraceEvent, bool> isWanted)
    {
        for (int i = from; i < events.Count; i++)
        {
            if (isWanted(events[i]))
                return i;
        }
        return -1;
    }
}

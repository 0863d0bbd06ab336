using System.Globalization;
using System.Text;

namespace Defms.Gateway.Imap;

/// <summary>
/// A set of message numbers that stay (UIDs, RFC 3501, 2.3.1.1), kept as ranges, so that a whole folder costs one. Its text is the
/// sequence-set of RFC 3501 section 9, such as <c>1:9000,9002</c>, in ascending order; the empty set is the empty text. Not safe for several threads.
/// </summary>
public sealed class UidSet
{
    private readonly List<(uint First, uint Last)> ranges = [];

    /// <summary>How many UIDs are in it.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach ((uint first, uint last) in ranges)
                count += (long)last - first + 1;
            return count;
        }
    }

    public bool IsEmpty => ranges.Count == 0;

    /// <summary>The ranges in ascending order; between two of them at least one UID is missing.</summary>
    public IReadOnlyList<(uint First, uint Last)> Ranges => ranges;

    /// <summary>The UIDs in any order and any number of times; the list is sorted in place.</summary>
    public static UidSet From(List<uint> uids)
    {
        uids.Sort();
        var set = new UidSet();
        foreach (uint uid in uids)
            set.Append(uid, uid);
        return set;
    }

    /// <summary>Every UID below <paramref name="limit"/>, which is at least 2.</summary>
    public static UidSet AllBelow(long limit)
    {
        var set = new UidSet();
        set.Append(1, (uint)(limit - 1));
        return set;
    }

    /// <summary>Reads a sequence-set of numbers, in any order, overlapping or turned round; <c>*</c> and zero are refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UidSet set)
    {
        set = new UidSet();
        var found = new List<(uint First, uint Last)>();
        while (!text.IsEmpty)
        {
            int comma = text.IndexOf((byte)',');
            ReadOnlySpan<byte> part = comma < 0 ? text : text[..comma];
            if (!TryRange(part, out (uint First, uint Last) range) || comma == text.Length - 1)
                return false;
            found.Add(range);
            text = comma < 0 ? [] : text[(comma + 1)..];
        }
        found.Sort();
        foreach ((uint first, uint last) in found)
            set.Append(first, last);
        return true;
    }

    public bool Contains(uint uid)
    {
        int at = FirstEndingAt(uid);
        return at < ranges.Count && ranges[at].First <= uid;
    }

    public void Add(uint uid)
    {
        int at = FirstEndingAt(uid);
        if (at < ranges.Count && ranges[at].First <= uid)
            return;
        bool joinsBefore = at > 0 && ranges[at - 1].Last == uid - 1;
        bool joinsBehind = at < ranges.Count && ranges[at].First == (long)uid + 1;
        if (joinsBefore && joinsBehind)
        {
            ranges[at - 1] = (ranges[at - 1].First, ranges[at].Last);
            ranges.RemoveAt(at);
        }
        else if (joinsBefore)
        {
            ranges[at - 1] = (ranges[at - 1].First, uid);
        }
        else if (joinsBehind)
        {
            ranges[at] = (uid, ranges[at].Last);
        }
        else
        {
            ranges.Insert(at, (uid, uid));
        }
    }

    /// <summary>Whether it was in the set.</summary>
    public bool Remove(uint uid)
    {
        int at = FirstEndingAt(uid);
        if (at == ranges.Count || ranges[at].First > uid)
            return false;
        (uint first, uint last) = ranges[at];
        if (first == last)
            ranges.RemoveAt(at);
        else if (uid == first)
            ranges[at] = (uid + 1, last);
        else if (uid == last)
            ranges[at] = (first, uid - 1);
        else
            Split(at, uid);
        return true;
    }

    /// <summary>Adds all of <paramref name="other"/>, in time proportional to the ranges of both.</summary>
    public void Unite(UidSet other)
    {
        if (other.IsEmpty)
            return;
        (uint First, uint Last)[] all = [.. ranges, .. other.ranges];
        Array.Sort(all);
        ranges.Clear();
        foreach ((uint first, uint last) in all)
            Append(first, last);
    }

    /// <summary>The UIDs of this set below <paramref name="limit"/>.</summary>
    public UidSet Below(long limit)
    {
        var below = new UidSet();
        foreach ((uint first, uint last) in ranges)
        {
            if (first < limit)
                below.Append(first, (uint)Math.Min(last, limit - 1));
        }
        return below;
    }

    /// <summary>The set in pieces of at most <paramref name="size"/> UIDs, ascending.</summary>
    public IEnumerable<UidSet> InPieces(int size)
    {
        var piece = new UidSet();
        long room = size;
        foreach ((uint from, uint last) in ranges)
        {
            for (long first = from; first <= last;)
            {
                long end = Math.Min(last, first + room - 1);
                piece.Append((uint)first, (uint)end);
                room -= end - first + 1;
                first = end + 1;
                if (room > 0)
                    continue;
                yield return piece;
                (piece, room) = (new UidSet(), size);
            }
        }
        if (!piece.IsEmpty)
            yield return piece;
    }

    /// <summary>Each UID, ascending.</summary>
    public IEnumerable<uint> Each()
    {
        foreach ((uint first, uint last) in ranges)
        {
            for (long uid = first; uid <= last; uid++)
                yield return (uint)uid;
        }
    }

    public UidSet Clone()
    {
        var clone = new UidSet();
        clone.ranges.AddRange(ranges);
        return clone;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((uint first, uint last) in ranges)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(first.ToString(CultureInfo.InvariantCulture));
            if (last != first)
                text.Append(':').Append(last.ToString(CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    private void Split(int at, uint uid)
    {
        (uint first, uint last) = ranges[at];
        ranges[at] = (first, uid - 1);
        ranges.Insert(at + 1, (uid + 1, last));
    }

    private static bool TryRange(ReadOnlySpan<byte> text, out (uint First, uint Last) range)
    {
        int colon = text.IndexOf((byte)':');
        range = default;
        if (!TryUid(colon < 0 ? text : text[..colon], out uint one) || !TryUid(text[(colon + 1)..], out uint other))
            return false;
        range = (Math.Min(one, other), Math.Max(one, other));
        return true;
    }

    private static bool TryUid(ReadOnlySpan<byte> text, out uint uid) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uid) && uid > 0;

    /// <summary>Adds a range that begins no earlier than every range here.</summary>
    private void Append(uint first, uint last)
    {
        if (ranges.Count > 0 && first <= (long)ranges[^1].Last + 1)
            ranges[^1] = (ranges[^1].First, Math.Max(ranges[^1].Last, last));
        else
            ranges.Add((first, last));
    }

    /// <summary>The index of the first range that ends at <paramref name="uid"/> or behind it.</summary>
    private int FirstEndingAt(uint uid)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].Last < uid)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

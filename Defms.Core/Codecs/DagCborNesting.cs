namespace Defms.Core.Codecs;

/// <summary>
/// Where a walk over DAG-CBOR stands: which containers are open, what must come next, and how the last key of each open map read.
/// Reading and writing share it, so they cannot disagree. The value itself counts as the one item of a container around everything.
/// </summary>
internal struct DagCborNesting()
{
    /// <summary>Few objects are deeper than this, so most walks allocate once.</summary>
    private const int FirstCapacity = 8;

    private Frame current = new() { Remaining = 1 };
    private Frame[] outer = [];
    private int depth;

    /// <summary>Whether one whole value has been passed.</summary>
    public readonly bool IsWhole => current.Remaining == 0;

    /// <summary>Whether the next item is a map key.</summary>
    public readonly bool ExpectsKey => current.IsMap && (current.Remaining & 1) == 0;

    /// <summary>Passes over a value that holds no others, and over the ends of the containers it was the last item of.</summary>
    public void PassItem()
    {
        current.Remaining--;
        LeaveFull();
    }

    /// <summary>Passes over a key that ends at <paramref name="end"/> of <paramref name="bytes"/>; false unless it sorts behind the last.</summary>
    public bool TryPassKey(ReadOnlySpan<byte> bytes, int end, int length)
    {
        bool first = current.KeyEnd == 0;
        bool sorted = first || DagCborHead.CompareKeys(
            bytes.Slice(current.KeyEnd - current.KeyLength, current.KeyLength), bytes.Slice(end - length, length)) < 0;
        current.KeyEnd = end;
        current.KeyLength = length;
        current.Remaining--;
        return sorted;
    }

    /// <summary>Goes into a container of so many items (keys and values counted apart); false when that is too deep.</summary>
    public bool TryEnter(bool isMap, long items)
    {
        if (depth == DagCborTokens.MaxDepth)
            return false;
        if (depth == outer.Length)
            Array.Resize(ref outer, Math.Max(FirstCapacity, depth * 2));
        current.Remaining--;
        outer[depth++] = current;
        current = new Frame { IsMap = isMap, Remaining = items };
        LeaveFull();
        return true;
    }

    private void LeaveFull()
    {
        while (current.Remaining == 0 && depth > 0)
            current = outer[--depth];
    }

    /// <summary>An open container. A key never ends at 0, so that says "none yet".</summary>
    private struct Frame
    {
        public long Remaining;
        public int KeyEnd;
        public int KeyLength;
        public bool IsMap;
    }
}

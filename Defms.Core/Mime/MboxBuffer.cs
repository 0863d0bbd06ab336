namespace Defms.Core.Mime;

/// <summary>The part of a stream that is looked at: grows as far as it is asked for, and is dropped from the front.</summary>
internal sealed class MboxBuffer(Stream stream)
{
    private const int FirstLength = 256 * 1024;

    /// <summary>A line without an end is taken to end here, so that a file of one line is not held whole.</summary>
    private const int MaxLine = 1 << 20;

    private byte[] octets = new byte[FirstLength];
    private int start;
    private int end;
    private bool isAtEnd;

    /// <summary>What is held.</summary>
    public ReadOnlySpan<byte> Span => octets.AsSpan(start, end - start);

    public int Length => end - start;

    /// <summary>Where <see cref="Span"/> begins in the stream.</summary>
    public long Offset { get; private set; }

    /// <summary>Lets go of what lies before <paramref name="count"/>.</summary>
    public void Drop(int count)
    {
        start += count;
        Offset += count;
        if (start == end)
            start = end = 0;
    }

    /// <summary>Reads until so many octets are held; false where the stream ends before.</summary>
    public bool TryFill(int count)
    {
        while (Length < count && Read())
        {
            // Read has already done it.
        }
        return Length >= count;
    }

    /// <summary>The end of the line at <paramref name="place"/>, behind its line end; false where nothing is left.</summary>
    public bool TryLine(int place, out int next)
    {
        int searched = place;
        while (true)
        {
            int found = searched < Length ? Span[searched..].IndexOf((byte)'\n') : -1;
            next = found < 0 ? Length : searched + found + 1;
            if (found >= 0)
                return true;
            searched = Math.Max(place, Length);
            if (next - place > MaxLine)
                return true;
            if (!Read())
            {
                next = Length;
                return place < Length;
            }
        }
    }

    /// <summary>The next place of <paramref name="text"/>; -1 where there is none before the end of the stream, or more than <paramref name="limit"/> is held.</summary>
    public int Find(ReadOnlySpan<byte> text, int from, int limit)
    {
        while (true)
        {
            int found = from < Length ? Span[from..].IndexOf(text) : -1;
            if (found >= 0)
                return from + found;
            from = Math.Max(from, Length - text.Length + 1);
            if (Length > limit || !Read())
                return -1;
        }
    }

    private bool Read()
    {
        if (isAtEnd)
            return false;
        if (end == octets.Length)
            MakeRoom();
        int read = stream.Read(octets, end, octets.Length - end);
        end += read;
        isAtEnd = read == 0;
        return !isAtEnd;
    }

    private void MakeRoom()
    {
        int length = Length;
        byte[] room = length > octets.Length / 2 ? new byte[(int)Math.Min(Array.MaxLength, 2L * octets.Length)] : octets;
        octets.AsSpan(start, length).CopyTo(room);
        octets = room;
        start = 0;
        end = length;
    }
}

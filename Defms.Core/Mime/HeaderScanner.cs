namespace Defms.Core.Mime;

/// <summary>
/// Finds the fields of a header and where the body begins (RFC 5322, 2.1 and 4.5). Lines that are no field are passed over when they are known
/// intruders (mbox "From " lines, a line of a badly folded field before a well-known field); any other ends the header, so that a message whose
/// empty line was lost still shows its text.
/// </summary>
internal ref struct HeaderScanner
{
    private static readonly byte[][] WellKnown =
    [
        [.. "From:"u8], [.. "To:"u8], [.. "Cc:"u8], [.. "Subject:"u8], [.. "Date:"u8], [.. "Message-I"u8], [.. "MIME-Vers"u8], [.. "Content-"u8],
        [.. "Received:"u8], [.. "Reply-To:"u8], [.. "Sender:"u8], [.. "Referen"u8], [.. "In-Reply-"u8], [.. "X-"u8], [.. "List-"u8], [.. "Return-P"u8],
        [.. "Bcc:"u8], [.. "Resent-"u8],
    ];

    private readonly ReadOnlySpan<byte> _octets;
    private readonly int _end;
    private readonly byte _lineEnd;
    private readonly bool _insideMultipart;
    private readonly List<FieldSpan> _fields;

    /// <param name="octets">The whole message.</param>
    /// <param name="start">Where the header begins.</param>
    /// <param name="end">What may be read at most.</param>
    /// <param name="lineEnd">LF, or CR in a message that has no LF.</param>
    /// <param name="insideMultipart">True when a line beginning "--" may be a delimiter and so is never a field.</param>
    /// <param name="fields">Receives the fields; cleared first.</param>
    public HeaderScanner(ReadOnlySpan<byte> octets, int start, int end, byte lineEnd, bool insideMultipart, List<FieldSpan> fields)
    {
        _octets = octets;
        _end = end;
        _lineEnd = lineEnd;
        _insideMultipart = insideMultipart;
        _fields = fields;
        Position = start;
    }

    /// <summary>After <see cref="Scan"/>: where the body begins.</summary>
    public int Position { get; private set; }

    /// <summary>How many fields are kept.</summary>
    public int MaxFields { get; init; } = MimeLimits.Fields;

    public void Scan()
    {
        _fields.Clear();
        while (Position < _end)
        {
            int next = NextLine(Position);
            if (IsBlank(Position, next))
            {
                Position = next;
                return;
            }

            int colon = FindColon(Position, out int nameLength);
            if (colon < 0 && !MayPassOver(next))
                return;
            int start = Position;
            Position = SkipContinuations(next);
            if (nameLength > 0 && _fields.Count < MaxFields)
                _fields.Add(new FieldSpan(start, nameLength, colon + 1, WithoutLineEnd(colon + 1, Position), Position));
        }
    }

    private readonly int NextLine(int position)
    {
        int end = _octets[position.._end].IndexOf(_lineEnd);
        return end < 0 ? _end : position + end + 1;
    }

    private readonly bool IsBlank(int start, int next) =>
        WithoutLineEnd(start, next) == start && next > start;

    private readonly int WithoutLineEnd(int start, int next)
    {
        if (next > start && _octets[next - 1] == _lineEnd)
            next--;
        if (next > start && _octets[next - 1] == '\r')
            next--;
        return next;
    }

    private readonly int SkipContinuations(int next)
    {
        while (next < _end && _octets[next] is (byte)' ' or (byte)'\t')
            next = NextLine(next);
        return next;
    }

    /// <summary>The colon behind a field name, obsolete white space before it allowed; -1 when the line is no field. An empty name has length 0.</summary>
    private readonly int FindColon(int start, out int nameLength)
    {
        nameLength = 0;
        if (_insideMultipart && _octets[start.._end].StartsWith("--"u8))
            return -1;
        int i = start;
        while (i < _end && _octets[i] is > (byte)' ' and < 0x7F and not (byte)':')
            i++;
        int nameEnd = i;
        while (i < _end && _octets[i] is (byte)' ' or (byte)'\t')
            i++;
        if (i >= _end || _octets[i] != ':')
            return -1;
        nameLength = nameEnd - start;
        return i;
    }

    private readonly bool MayPassOver(int next)
    {
        ReadOnlySpan<byte> line = _octets[Position..next];
        if (line[0] is (byte)' ' or (byte)'\t' || line.StartsWith("From "u8) || line.StartsWith(">From "u8))
            return true;
        if (_fields.Count == 0 || line.StartsWith("--"u8))
            return false;
        foreach (byte[] name in WellKnown)
        {
            if (MailSyntax.StartsWithIgnoreCase(_octets[next.._end], name))
                return true;
        }

        return false;
    }
}

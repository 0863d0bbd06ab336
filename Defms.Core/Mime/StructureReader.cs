namespace Defms.Core.Mime;

/// <summary>
/// Finds the parts of a message in one pass over its octets, without recursion: a stack holds the parts that are open, and every line that begins
/// with "--" is compared with the boundaries on it, innermost first (RFC 2046, 5.1). The delimiter of an outer multipart closes the inner ones.
/// </summary>
internal sealed class StructureReader
{
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    // How often the whole message may be gone over again for boundaries that must be guessed.
    private const int GuessPasses = 5;

    private readonly ReadOnlyMemory<byte> _octets;
    private readonly byte _lineEnd;
    private readonly List<FieldSpan> _fields = [];
    private readonly List<MimePart> _open = [];
    private readonly BoundaryStack _frames = new();
    private readonly List<MimePart> _childless = [];
    private int _count;
    private int _end;

    public StructureReader(ReadOnlyMemory<byte> octets)
    {
        _octets = octets;
        ReadOnlySpan<byte> span = octets.Span;
        _lineEnd = span.IndexOf(LineFeed) < 0 && span.Contains(CarriageReturn) ? CarriageReturn : LineFeed;
    }

    /// <summary>Reads the whole tree. The root is always there.</summary>
    public MimePart Read()
    {
        MimePart root = ReadHeader();
        Enter(root);
        ReadParts();
        SplitByGuess();
        return root;
    }

    /// <summary>Reads the header of the message alone: a root without children.</summary>
    /// <param name="maxFields">How many fields are kept; who removes fields must see all of them.</param>
    public MimePart ReadHeader(int maxFields = MimeLimits.Fields)
    {
        _end = _octets.Length;
        return Open(null, _octets.Span.StartsWith("\uFEFF"u8) ? 3 : 0, maxFields);
    }

    private ReadOnlySpan<byte> Octets => _octets.Span;

    private void ReadParts()
    {
        int position = _open[^1].BodyOffset;
        while (_frames.Count > 0 && TryFindDelimiter(ref position, out int frame, out bool closes, out int line))
        {
            CloseAbove(_frames.OpenIndex(frame), BeforeLineEnd(line));
            if (closes || _count >= MimeLimits.Parts)
            {
                _frames.Truncate(frame);
                continue;
            }

            _frames.Truncate(frame + 1);
            if (IsDelimiter(position + 1))
                continue;
            Enter(Open(_open[^1], Math.Min(position + 1, _end)));
            position = _open[^1].BodyOffset;
        }

        CloseAbove(-1, _end);
        _frames.Truncate(0);
    }

    /// <summary>
    /// A multipart whose boundary was missing or never came is split again at the first line that looks like a delimiter. Each such pass may find
    /// more of them inside, so the passes share a budget.
    /// </summary>
    private void SplitByGuess()
    {
        long budget = GuessPasses * (long)_octets.Length;
        for (int i = 0; i < _childless.Count && budget >= 0; i++)
        {
            MimePart part = _childless[i];
            if (part.Children.Count > 0 || _count >= MimeLimits.Parts)
                continue;
            budget -= part.BodyEnd - part.BodyOffset;
            ReadOnlySpan<byte> boundary = BoundaryGuess.In(Octets[part.BodyOffset..part.BodyEnd], _lineEnd);
            if (boundary.IsEmpty)
                continue;
            _end = part.BodyEnd;
            _open.Add(part);
            _frames.Push(boundary.ToArray(), 0);
            ReadParts();
        }
    }

    private MimePart Open(MimePart? parent, int start, int maxFields = MimeLimits.Fields)
    {
        bool insideMultipart = _frames.Count > 0;
        var header = new HeaderScanner(Octets, start, _end, _lineEnd, insideMultipart, _fields) { MaxFields = maxFields };
        header.Scan();
        var part = new MimePart(_octets, parent, start, header.Position, new HeaderList(_octets, [.. _fields]));
        parent?.AddChild(part);
        _open.Add(part);
        _count++;
        return part;
    }

    /// <summary>Goes down through embedded messages to the first leaf or multipart.</summary>
    private void Enter(MimePart part)
    {
        while (part.Depth < MimeLimits.Depth)
        {
            if (part.MediaType.IsMultipart)
            {
                string? boundary = part.MediaType.Parameters["boundary"]?.TrimEnd();
                _childless.Add(part);
                if (!string.IsNullOrEmpty(boundary))
                    _frames.Push(System.Text.Encoding.UTF8.GetBytes(boundary), _open.Count - 1);
                return;
            }

            if (!part.MediaType.IsMessage || _count >= MimeLimits.Parts || !part.HoldsPlainMessage(_end))
                return;
            part = Open(part, part.BodyOffset);
        }
    }

    private bool TryFindDelimiter(ref int position, out int frame, out bool closes, out int line)
    {
        ReadOnlySpan<byte> pattern = [_lineEnd, (byte)'-', (byte)'-'];
        bool atLineStart = position == 0 || Octets[position - 1] == _lineEnd;
        for (line = position; ; line = position + 1, atLineStart = true)
        {
            if (!atLineStart || !Octets[line.._end].StartsWith("--"u8))
            {
                int found = Octets[position.._end].IndexOf(pattern);
                if (found < 0)
                    break;
                line = position + found + 1;
            }

            int end = Octets[line.._end].IndexOf(_lineEnd);
            position = end < 0 ? _end : line + end;
            if (_frames.TryMatch(Octets[(line + 2)..position].TrimEnd(" \t\r"u8), out frame, out closes))
                return true;
            if (position >= _end)
                break;
        }

        frame = -1;
        closes = false;
        return false;
    }

    /// <summary>True when a delimiter follows at once, so that there is not even an empty part between.</summary>
    private bool IsDelimiter(int line)
    {
        if (line >= _end || !Octets[line.._end].StartsWith("--"u8))
            return false;
        int end = Octets[line.._end].IndexOf(_lineEnd);
        return _frames.TryMatch(Octets[(line + 2)..(end < 0 ? _end : line + end)].TrimEnd(" \t\r"u8), out _, out _);
    }

    /// <summary>The line end before a delimiter belongs to the delimiter.</summary>
    private int BeforeLineEnd(int line)
    {
        int end = line;
        if (end > 0 && Octets[end - 1] == _lineEnd)
            end--;
        if (_lineEnd == LineFeed && end > 0 && end < line && Octets[end - 1] == CarriageReturn)
            end--;
        return end;
    }

    /// <summary>A part without a body ends behind its header, which may be behind the end given; then what holds it ends there too.</summary>
    private void CloseAbove(int index, int end)
    {
        for (int i = _open.Count - 1; i > index; i--)
            end = _open[i].Close(end);
        _open.RemoveRange(index + 1, _open.Count - index - 1);
    }
}

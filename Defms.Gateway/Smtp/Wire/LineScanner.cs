using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>What a look at the input found.</summary>
/// <param name="End">Null when the line is not complete.</param>
/// <param name="Text">The line, when it is whole.</param>
internal readonly record struct LineFound(WireEnd? End, string Text, SequencePosition Consumed, SequencePosition Examined);

/// <summary>Finds one command line. An overlong one is thrown away as it comes, so that it never holds memory.</summary>
/// <param name="maxLength">With CRLF.</param>
internal struct LineScanner(int maxLength)
{
    private long discarded;

    public LineFound Scan(ReadOnlySequence<byte> buffer)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
            return discarded > 0 || buffer.Length >= maxLength ? Discard(buffer) : new LineFound(null, "", buffer.Start, buffer.End);
        SequencePosition next = buffer.GetPosition(1, end);
        ReadOnlySequence<byte> line = buffer.Slice(0, next);
        if (discarded + line.Length > maxLength)
            return new LineFound(WireEnd.TooLong, "", next, next);
        return Read(line, next);
    }

    private static LineFound Read(ReadOnlySequence<byte> line, SequencePosition next)
    {
        int length = (int)line.Length;
        Span<byte> octets = stackalloc byte[SmtpLimits.SaslLine];
        octets = octets[..length];
        line.CopyTo(octets);
        if (length < 2 || octets[^2] != '\r')
            return new LineFound(WireEnd.BareLineEnd, "", next, next);
        octets = octets[..^2];
        bool isText = Utf8.IsValid(octets) && octets.IndexOfAnyInRange((byte)0, (byte)0x1f) < 0 && !octets.Contains((byte)0x7f);
        return isText
            ? new LineFound(WireEnd.Whole, Encoding.UTF8.GetString(octets), next, next)
            : new LineFound(WireEnd.BadCharacters, "", next, next);
    }

    private LineFound Discard(ReadOnlySequence<byte> buffer)
    {
        discarded += buffer.Length;
        WireEnd? end = discarded > SmtpLimits.DiscardedLine ? WireEnd.Flood : null;
        return new LineFound(end, "", buffer.End, buffer.End);
    }
}

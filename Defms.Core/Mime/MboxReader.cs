using System.Text;

namespace Defms.Core.Mime;

/// <summary>The ways in which mbox files protect lines of text that begin with "From ".</summary>
public enum MboxVariant
{
    /// <summary>As <see cref="Rd"/>; a message whose Content-Length leads exactly to the next one or to the end is taken as <see cref="Cl2"/>.</summary>
    Detect,

    /// <summary>A ">" before every line of text that begins with any number of ">" and "From ".</summary>
    Rd,

    /// <summary>A ">" before lines that begin with "From ": which of them had one before cannot be known.</summary>
    O,

    /// <summary>As <see cref="O"/>, with a Content-Length.</summary>
    Cl,

    /// <summary>Nothing is protected; the Content-Length decides.</summary>
    Cl2,
}

/// <summary>One message of an mbox.</summary>
/// <param name="Octets">Without the separating lines, unquoted; an array of the caller's own.</param>
/// <param name="Offset">Where its separator line begins in the file.</param>
/// <param name="Mark">What <see cref="MboxLine.MarkOf"/> says.</param>
/// <param name="IsTooLarge">It was passed over; then there are no octets.</param>
public readonly record struct MboxEntry(byte[] Octets, long Offset, string? Mark, bool IsTooLarge);

/// <summary>
/// Reads mbox files of any size, a message at a time. A separator is a "From " line with a date that stands first or behind an empty line,
/// or with a header field behind it. The stream is the caller's; exceptions of it pass.
/// </summary>
/// <param name="maxSize">The largest message that is handed out, in octets; what is held at a time is about twice the message.</param>
public sealed class MboxReader(Stream stream, MboxVariant variant, int maxSize)
{
    /// <summary>A Content-Length is not looked for beyond so much header.</summary>
    private const int MaxHeader = 1 << 20;

    private readonly MboxBuffer buffer = new(stream);
    private bool begun;

    /// <summary>Octets before the first separator line; more than white space means that the file is no mbox, or not only.</summary>
    public long Skipped { get; private set; }

    /// <summary>How far the file was read.</summary>
    public long Position => buffer.Offset;

    /// <summary>The next message; false at the end.</summary>
    public bool TryRead(out MboxEntry entry)
    {
        entry = default;
        if (!begun)
            Begin();
        if (!buffer.TryLine(0, out int lineEnd))
            return false;
        long offset = buffer.Offset;
        string? mark = MboxLine.MarkOf(WithoutLineEnd(buffer.Span[..lineEnd]));
        int contentEnd = 0, end = 0;
        bool isExact = UsesLength && TryContentLength(lineEnd, out contentEnd, out end);
        if (!isExact)
            contentEnd = end = FindEnd(lineEnd);
        bool isTooLarge = end < 0;
        entry = new MboxEntry(isTooLarge ? [] : Content(buffer.Span[lineEnd..contentEnd], isExact, mark), offset, mark, isTooLarge);
        if (isTooLarge)
            SkipToSeparator();
        else
            buffer.Drop(end);
        return true;
    }

    private bool UsesLength => variant is MboxVariant.Detect or MboxVariant.Cl or MboxVariant.Cl2;

    private void Begin()
    {
        begun = true;
        if (buffer.TryLine(0, out int first) && MboxLine.IsSeparator(WithoutLineEnd(buffer.Span[..first])))
            return;
        SkipToSeparator();
        Skipped = buffer.Offset;
    }

    /// <summary>Passes over text without holding it.</summary>
    private void SkipToSeparator()
    {
        while (buffer.TryLine(0, out int end))
        {
            bool isBlank = IsBlank(buffer.Span[..end]);
            buffer.Drop(end);
            if (isBlank && IsSeparatorAt(0))
                return;
        }
        buffer.Drop(buffer.Length);
    }

    /// <summary>Where the next message begins, or the file ends; -1 when the message is too large.</summary>
    private int FindEnd(int start)
    {
        int limit = start + maxSize;
        for (int at = start; ; at++)
        {
            at = buffer.Find("From "u8, at, limit);
            if (at < 0)
                return buffer.Length > limit ? -1 : buffer.Length;
            if (IsEndAt(at, start))
                return at;
        }
    }

    /// <summary>Whether the line at a place begins the next message.</summary>
    private bool IsEndAt(int line, int start)
    {
        bool isFirst = line == start;
        if ((!isFirst && buffer.Span[line - 1] != '\n') || !IsSeparatorAt(line))
            return false;
        ReadOnlySpan<byte> before = buffer.Span[start..line];
        bool isBehindBlank = isFirst || before.EndsWith("\n\n"u8) || before.EndsWith("\n\r\n"u8) || IsBlank(before);
        return isBehindBlank || (buffer.TryLine(line, out int next) && IsField(next));
    }

    private bool IsSeparatorAt(int place) =>
        buffer.TryLine(place, out int end) && MboxLine.IsSeparator(WithoutLineEnd(buffer.Span[place..end]));

    private bool IsField(int place)
    {
        if (!buffer.TryLine(place, out int end))
            return false;
        ReadOnlySpan<byte> line = buffer.Span[place..end];
        int colon = line.IndexOf((byte)':');
        return colon > 0 && !line[..colon].ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    /// <summary>Takes the Content-Length of the header for true if it leads to a separator line or to the end of the file.</summary>
    private bool TryContentLength(int start, out int contentEnd, out int end)
    {
        contentEnd = end = 0;
        int at = start;
        long length = -1;
        while (buffer.TryLine(at, out int next) && !IsBlank(buffer.Span[at..next]))
        {
            if (next - start > MaxHeader)
                return false;
            ReadOnlySpan<byte> line = buffer.Span[at..next];
            if (MailSyntax.StartsWithIgnoreCase(line, "Content-Length:"u8) && long.TryParse(MailSyntax.Trim(line[15..]), out long given))
                length = given;
            at = next;
        }
        if (length < 0 || length > maxSize || !buffer.TryLine(at, out int body))
            return false;
        contentEnd = end = body + (int)length;
        if (!buffer.TryFill(end))
            return false;
        while (buffer.TryLine(end, out int blank) && IsBlank(buffer.Span[end..blank]))
            end = blank;
        return end == buffer.Length ? !buffer.TryFill(end + 1) : IsSeparatorAt(end);
    }

    /// <summary>The octets between separators, without the empty line that belongs to the separator behind them, unquoted.</summary>
    private byte[] Content(ReadOnlySpan<byte> text, bool isExact, string? mark)
    {
        if (!isExact)
            text = WithoutBlankEnd(text);
        if (mark?.Contains('-') == true && text.EndsWith("\n"u8))
            text = text[..^1];
        return variant switch
        {
            MboxVariant.Cl2 => text.ToArray(),
            MboxVariant.Detect when isExact => text.ToArray(),
            MboxVariant.O or MboxVariant.Cl => MboxQuoting.Undo(text, onlyFirst: true),
            _ => MboxQuoting.Undo(text, onlyFirst: false),
        };
    }

    private static ReadOnlySpan<byte> WithoutBlankEnd(ReadOnlySpan<byte> text)
    {
        if (text.EndsWith("\r\n"u8) && IsBehindLineEnd(text, 2))
            return text[..^2];
        return text.EndsWith("\n"u8) && IsBehindLineEnd(text, 1) ? text[..^1] : text;
    }

    private static bool IsBehindLineEnd(ReadOnlySpan<byte> text, int length) => text.Length == length || text[^(length + 1)] == '\n';

    private static bool IsBlank(ReadOnlySpan<byte> line) => line is [(byte)'\n'] or [(byte)'\r', (byte)'\n'];

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> line) => line.TrimEnd("\r\n"u8);
}

using System.Globalization;
using System.Text;

namespace Defms.Gateway.Imap.Wire;

/// <summary>How the line of an answer ended.</summary>
internal enum LineEnd
{
    /// <summary>The answer is whole.</summary>
    Whole,

    /// <summary>A literal of <see cref="Tokenizer.LiteralLength"/> octets follows, and then more of the answer.</summary>
    Literal,

    /// <summary>It is no IMAP; see <see cref="Tokenizer.Fault"/>.</summary>
    Fault,
}

/// <summary>
/// Cuts the lines of one answer into tokens (RFC 3501, section 9; literal8 of RFC 3516). Lists are counted, not entered, so depth costs nothing.
/// It is generous about what harms nobody: doubled spaces, eight-bit words, unknown response codes.
/// </summary>
internal sealed class Tokenizer(Response response, WireLimits limits)
{
    /// <summary>Ours are short; a longer one answers nothing that was asked.</summary>
    private const int TagLength = 16;

    private int depth;
    private int position;
    private int end;

    /// <summary>What was wrong, as words that follow "the server".</summary>
    public string Fault { get; private set; } = "";

    public long LiteralLength { get; private set; }

    /// <summary>Whether the literal that follows is the mail asked for with BODY[].</summary>
    public bool IsMail { get; private set; }

    /// <summary>Reads the first line of an answer: the octets of the response in <paramref name="line"/>, without CRLF.</summary>
    public LineEnd Begin(Range line)
    {
        (depth, Fault) = (0, "");
        SetLine(line);
        ReadOnlySpan<byte> tag = Word();
        if (tag.SequenceEqual("+"u8))
            return ReadText(ResponseKind.Continuation);
        if (tag.SequenceEqual("*"u8))
            return BeginUntagged();
        if (tag.IsEmpty || tag.Length > TagLength || tag.ContainsAnyExcept(TagOctets))
            return Fail("began an answer with neither a star nor a tag");
        response.Tag = Encoding.ASCII.GetString(tag);
        return ReadStatusWord() is StatusWord.Ok or StatusWord.No or StatusWord.Bad
            ? ReadStatus(ResponseKind.Tagged)
            : Fail("ended a command with neither OK, NO nor BAD");
    }

    /// <summary>Reads the line behind a literal.</summary>
    public LineEnd Continue(Range line)
    {
        SetLine(line);
        return ReadData();
    }

    private static ReadOnlySpan<byte> TagOctetsText => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"u8;

    private static readonly System.Buffers.SearchValues<byte> TagOctets = System.Buffers.SearchValues.Create(TagOctetsText);

    private static readonly System.Buffers.SearchValues<byte> WordEnds = System.Buffers.SearchValues.Create(" ()\""u8);

    private static readonly System.Buffers.SearchValues<byte> CodeWordEnds = System.Buffers.SearchValues.Create(" ()\"]"u8);

    private void SetLine(Range line)
    {
        (int offset, int length) = line.GetOffsetAndLength(response.Length);
        (position, end) = (offset, offset + length);
    }

    private LineEnd BeginUntagged()
    {
        int start = position;
        if (ReadStatusWord() != StatusWord.None)
            return ReadStatus(ResponseKind.Status);
        position = start;
        return ReadData();
    }

    private StatusWord ReadStatusWord()
    {
        ReadOnlySpan<byte> word = Word();
        response.Status = Ascii.EqualsIgnoreCase(word, "OK"u8) ? StatusWord.Ok
            : Ascii.EqualsIgnoreCase(word, "NO"u8) ? StatusWord.No
            : Ascii.EqualsIgnoreCase(word, "BAD"u8) ? StatusWord.Bad
            : Ascii.EqualsIgnoreCase(word, "BYE"u8) ? StatusWord.Bye
            : Ascii.EqualsIgnoreCase(word, "PREAUTH"u8) ? StatusWord.Preauth
            : StatusWord.None;
        return response.Status;
    }

    /// <summary>A code in brackets, where there is one that can be read, and text for people.</summary>
    private LineEnd ReadStatus(ResponseKind kind)
    {
        int start = position;
        if (position < end && response.Octets[position] == '[')
        {
            position++;
            if (!ReadCode())
            {
                // The words of a server are no reason to part with it.
                response.Tokens.Clear();
                (depth, position, Fault) = (0, start, "");
            }
        }
        return ReadText(kind);
    }

    private bool ReadCode()
    {
        while (position < end && (depth > 0 || response.Octets[position] != ']'))
        {
            if (ReadToken(CodeWordEnds) is not null)
                return false;
        }
        return position++ < end;
    }

    private LineEnd ReadText(ResponseKind kind)
    {
        if (position < end && response.Octets[position] == ' ')
            position++;
        response.Kind = kind;
        response.TextRange = position..end;
        return LineEnd.Whole;
    }

    private LineEnd ReadData()
    {
        while (position < end)
        {
            if (ReadToken(WordEnds) is { } ending)
                return ending;
        }
        return depth == 0 ? LineEnd.Whole : Fail("ended an answer inside a list");
    }

    /// <summary>Reads one token, or the spaces before it; something only where the line ends with it.</summary>
    private LineEnd? ReadToken(System.Buffers.SearchValues<byte> wordEnds)
    {
        if (response.Tokens.Count >= limits.Tokens)
            return Fail($"sent an answer of more than {limits.Tokens} words");
        switch (response.Octets[position])
        {
            case (byte)' ':
                position++;
                return null;
            case (byte)'(':
                position++;
                response.Tokens.Add(new Token(TokenKind.Open));
                return ++depth > limits.Depth ? Fail($"nested lists more than {limits.Depth} deep") : null;
            case (byte)')':
                position++;
                response.Tokens.Add(new Token(TokenKind.Close));
                return --depth < 0 ? Fail("closed a list that was not open") : null;
            case (byte)'"':
                return ReadQuoted();
            case (byte)'{':
                return ReadLiteral();
            case (byte)'~' when position + 1 < end && response.Octets[position + 1] == '{':
                position++;
                return ReadLiteral();
            default:
                return ReadAtom(wordEnds);
        }
    }

    private LineEnd? ReadAtom(System.Buffers.SearchValues<byte> wordEnds)
    {
        Span<byte> rest = response.Octets[position..end];
        int length = rest.IndexOfAny(wordEnds);
        // A bracket that closes nothing, outside a code or inside a list of it, is a word of its own.
        length = length < 0 ? rest.Length : Math.Max(length, 1);
        if (rest[..length].ContainsAnyInRange((byte)0, (byte)0x1F) || rest[..length].Contains((byte)0x7F))
            return Fail("sent a control character outside a literal");
        response.Tokens.Add(new Token(TokenKind.Atom, position, length));
        position += length;
        return null;
    }

    /// <summary>A quoted string; escapes are taken out in place, where it can only become shorter.</summary>
    private LineEnd? ReadQuoted()
    {
        Span<byte> octets = response.Octets;
        int start = ++position;
        int written = start;
        for (; position < end; position++)
        {
            byte octet = octets[position];
            if (octet == '"')
            {
                position++;
                response.Tokens.Add(new Token(TokenKind.Quoted, start, written - start));
                return null;
            }
            if (octet == '\\' && ++position < end)
                octet = octets[position];
            octets[written++] = octet;
        }
        return Fail("left a quoted string open at the end of a line");
    }

    private LineEnd ReadLiteral()
    {
        ReadOnlySpan<byte> text = response.Octets[(position + 1)..end];
        if (text.IsEmpty || text[^1] != '}')
            return Fail("announced a literal in the middle of a line");
        text = text[..^1];
        if (text is [.., (byte)'+'])
            text = text[..^1];
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long length) || length > uint.MaxValue)
            return Fail("announced a literal without a usable length");
        LiteralLength = length;
        IsMail = depth == 1 && response.Tokens is [.., { Kind: TokenKind.Atom } name] && Ascii.EqualsIgnoreCase(response.Read(name), "BODY[]"u8);
        return LineEnd.Literal;
    }

    /// <summary>The octets up to the next space, which is passed.</summary>
    private ReadOnlySpan<byte> Word()
    {
        ReadOnlySpan<byte> rest = response.Octets[position..end];
        int space = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = space < 0 ? rest : rest[..space];
        position += space < 0 ? word.Length : word.Length + 1;
        return word;
    }

    private LineEnd Fail(string reason)
    {
        Fault = reason;
        return LineEnd.Fault;
    }
}

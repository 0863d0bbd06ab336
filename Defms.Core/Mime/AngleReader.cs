namespace Defms.Core.Mime;

/// <summary>
/// Reads the inside of &lt;…&gt;: an address with an optional obsolete route (RFC 5322, 4.4). Where the closing bracket is missing it stops at the
/// next opening one or at the first comma behind an address.
/// </summary>
internal ref struct AngleReader(ReadOnlySpan<byte> text, int open)
{
    private readonly ReadOnlySpan<byte> _text = text;

    public int Position { get; private set; } = open + 1;

    public MailAddress Read()
    {
        var local = new ByteBuffer(default);
        CommentSkipper comments = default;
        while (Position < _text.Length)
        {
            byte next = _text[Position];
            if (next is (byte)'>' or (byte)'<' or (byte)',')
            {
                if (next == '>')
                    Position++;
                if (next != ',' || local.Length > 0)
                    break;
                Position++;
            }
            else if (next == '@' && local.Length > 0)
            {
                return ReadRest(HeaderText.Raw(local.Written), ref comments);
            }
            else if (next == '@')
            {
                SkipRoute();
            }
            else
            {
                ReadLocal(ref local, ref comments, next);
            }
        }

        return new MailAddress(HeaderText.Raw(local.Written), "");
    }

    /// <summary>Reads a dotted name or a literal in brackets, folding white space and comments between its parts left out.</summary>
    public static string ReadDomain(ReadOnlySpan<byte> text, ref int position, ref CommentSkipper comments)
    {
        var domain = new ByteBuffer(stackalloc byte[128]);
        while (position < text.Length)
        {
            int next = SkipSpace(text, position, ref comments);
            bool continues = domain.Length == 0 || domain.Written[^1] == '.' || (next < text.Length && text[next] == '.');
            if (next >= text.Length || !continues || IsDomainEnd(text[next]))
                break;
            position = next;
            if (text[position] == '[' && AddLiteral(text, ref position, ref domain))
                break;
            do
                domain.Add(text[position++]);
            while (position < text.Length && !IsDomainEnd(text[position]) && !MailSyntax.IsSpace(text[position]) && text[position] != '(');
        }

        return HeaderText.Raw(domain.Written);
    }

    private static bool AddLiteral(ReadOnlySpan<byte> text, ref int position, ref ByteBuffer domain)
    {
        // No literal is longer than an IPv6 address with its tag; the bound keeps a row of open brackets linear.
        int close = text[position..Math.Min(text.Length, position + 80)].IndexOf((byte)']');
        if (close < 0)
            return false;
        domain.Add(text.Slice(position, close + 1));
        position += close + 1;
        return true;
    }

    private static bool IsDomainEnd(byte octet) =>
        octet is (byte)',' or (byte)';' or (byte)':' or (byte)'<' or (byte)'>' or (byte)'@' or (byte)'"';

    private static int SkipSpace(ReadOnlySpan<byte> text, int position, ref CommentSkipper comments)
    {
        while (position < text.Length)
        {
            int comment = text[position] == '(' ? comments.EndOf(text, position) : -1;
            if (comment < 0 && !MailSyntax.IsSpace(text[position]))
                break;
            position = comment < 0 ? position + 1 : comment;
        }

        return position;
    }

    /// <summary>The domain, then whatever stands before the closing bracket.</summary>
    private MailAddress ReadRest(string local, ref CommentSkipper comments)
    {
        int position = Position + 1;
        string domain = ReadDomain(_text, ref position, ref comments);
        while (position < _text.Length && _text[position] == '@')
        {
            position++;
            if (local.Length < MimeLimits.Line)
                local += "@" + domain;
            domain = ReadDomain(_text, ref position, ref comments);
        }

        while (position < _text.Length && _text[position] is not ((byte)'>' or (byte)'<' or (byte)','))
            position++;
        Position = position < _text.Length && _text[position] == '>' ? position + 1 : position;
        return new MailAddress(local, domain);
    }

    /// <summary>"@a,@b:" before the address: hosts to send it through, which nobody does any more.</summary>
    private void SkipRoute()
    {
        while (Position < _text.Length && _text[Position] is not ((byte)':' or (byte)'>' or (byte)'<'))
            Position++;
        if (Position < _text.Length && _text[Position] == ':')
            Position++;
    }

    private void ReadLocal(ref ByteBuffer local, ref CommentSkipper comments, byte next)
    {
        int comment = next == '(' ? comments.EndOf(_text, Position) : -1;
        if (comment >= 0)
        {
            Position = comment;
        }
        else if (next == '"')
        {
            ReadQuoted(ref local);
        }
        else
        {
            if (!MailSyntax.IsSpace(next))
                local.Add(next);
            Position++;
        }
    }

    private void ReadQuoted(ref ByteBuffer local)
    {
        Position++;
        while (Position < _text.Length && _text[Position] != '"')
        {
            if (_text[Position] == '\\' && Position + 1 < _text.Length)
                Position++;
            if (_text[Position] is not ((byte)'\r' or (byte)'\n'))
                local.Add(_text[Position]);
            Position++;
        }

        Position = Math.Min(Position + 1, _text.Length);
    }
}

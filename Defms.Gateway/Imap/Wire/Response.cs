using System.Text;

namespace Defms.Gateway.Imap.Wire;

internal enum TokenKind : byte
{
    /// <summary>A bare word: a number, a flag, NIL, an attribute's name.</summary>
    Atom,

    /// <summary>A quoted string, without its quotes and escapes.</summary>
    Quoted,

    /// <summary>A literal that is not a mail.</summary>
    Literal,

    /// <summary>Where the mail of the answer stands, <see cref="Response.Mail"/>.</summary>
    Mail,

    Open,

    Close,
}

/// <summary>One token of an answer; its octets lie in the answer.</summary>
internal readonly record struct Token(TokenKind Kind, int Start = 0, int Length = 0);

internal enum ResponseKind : byte
{
    /// <summary><c>* </c> and data.</summary>
    Data,

    /// <summary><c>* OK</c>, <c>* NO</c>, <c>* BAD</c>, <c>* BYE</c> or <c>* PREAUTH</c>.</summary>
    Status,

    /// <summary>The end of a command.</summary>
    Tagged,

    /// <summary><c>+ </c> and text.</summary>
    Continuation,
}

internal enum StatusWord : byte
{
    None,
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

/// <summary>
/// One answer of the server (RFC 3501, section 7), cut into tokens. There is one such object a connection: it is overwritten by the next read.
/// </summary>
internal sealed class Response
{
    /// <summary>How much of a server's own words is shown.</summary>
    private const int ShownLength = 300;

    private byte[] octets = new byte[1024];

    public ResponseKind Kind { get; set; }

    public StatusWord Status { get; set; }

    /// <summary>The tag of the command that ended; else empty.</summary>
    public string Tag { get; set; } = "";

    /// <summary>Data after the star, or what stood in the brackets of a status.</summary>
    public List<Token> Tokens { get; } = [];

    /// <summary>The octets of the mail in it; null where it has none or <see cref="DetachMail"/> took it.</summary>
    public MailLiteral? Mail { get; set; }

    /// <summary>Octets held so far.</summary>
    public int Length { get; private set; }

    /// <summary>Where the human-readable text, or that of a continuation, lies.</summary>
    public Range TextRange { get; set; }

    public ReadOnlySpan<byte> Text => octets.AsSpan(TextRange);

    public Span<byte> Octets => octets.AsSpan(0, Length);

    public TokenCursor Cursor => new(this);

    /// <summary>The server's own words, fit to be shown: one line, no control characters, not long.</summary>
    public string ShownText
    {
        get
        {
            var shown = new StringBuilder();
            foreach (char c in Encoding.UTF8.GetString(Text[..Math.Min(Text.Length, ShownLength)]))
                shown.Append(char.IsControl(c) ? ' ' : c);
            return shown.ToString().Trim();
        }
    }

    public ReadOnlySpan<byte> Read(Token token) => octets.AsSpan(token.Start, token.Length);

    /// <summary>Hands the mail over; the caller disposes of it.</summary>
    public MailLiteral? DetachMail()
    {
        MailLiteral? mail = Mail;
        Mail = null;
        return mail;
    }

    public void Clear()
    {
        DetachMail()?.Dispose();
        (Kind, Status, Tag, Length, TextRange) = (ResponseKind.Data, StatusWord.None, "", 0, default);
        Tokens.Clear();
    }

    public void Append(ReadOnlySpan<byte> more)
    {
        if (octets.Length - Length < more.Length)
            Array.Resize(ref octets, Math.Max(octets.Length * 2, Length + more.Length));
        more.CopyTo(octets.AsSpan(Length));
        Length += more.Length;
    }
}

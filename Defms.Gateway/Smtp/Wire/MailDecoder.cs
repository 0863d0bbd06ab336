namespace Defms.Gateway.Smtp.Wire;

/// <summary>
/// Turns the octets after DATA, or those of BDAT, into the mail. Only CRLF.CRLF ends DATA: a line begins after CRLF and nowhere else, whatever
/// is done about bare CRs and LFs, so no other sequence can end a mail or lose its dot (SMTP smuggling). Where the pieces are cut does not
/// matter.
/// </summary>
/// <param name="hasDots">True for DATA: a dot that begins a line is dropped, or ends the mail. False for BDAT.</param>
internal sealed class MailDecoder(MailBuffer mail, bool hasDots, bool normalizes, int maxLine)
{
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private State state = hasDots ? State.LineStart : State.Text;
    private long line;

    private enum State
    {
        LineStart,
        Text,

        /// <summary>A CR was read and not yet written.</summary>
        Return,

        /// <summary>A dot at the start of a line was dropped.</summary>
        Dot,

        /// <summary>The same, then a CR.</summary>
        DotReturn,
        End,
    }

    /// <summary>True once CRLF.CRLF was read.</summary>
    public bool HasEnded => state == State.End;

    /// <summary>Reads until the end of the mail or of the piece.</summary>
    /// <returns>How many octets were taken.</returns>
    public int Read(ReadOnlySpan<byte> piece)
    {
        int at = 0;
        while (at < piece.Length && state != State.End)
            at += state == State.Text ? ReadText(piece[at..]) : Step(piece[at]);
        return at;
    }

    /// <summary>Says that no more octets come, as BDAT LAST does.</summary>
    public void Finish()
    {
        if (state == State.Return)
            WriteBare();
    }

    private int ReadText(ReadOnlySpan<byte> piece)
    {
        int run = piece.IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> text = run < 0 ? piece : piece[..run];
        // Up to the first octet too many, so that the flaw that comes first is told wherever the pieces are cut.
        mail.Append(text[..(int)Math.Clamp(maxLine - line + 1, 0, text.Length)]);
        line += text.Length;
        if (line > maxLine)
            mail.Spoil(MailFlaw.LineTooLong);
        if (run < 0)
            return piece.Length;
        if (piece[run] == '\r')
            state = State.Return;
        else
            WriteBare();
        return run + 1;
    }

    /// <summary>Reads one octet, or none when only the state changes.</summary>
    private int Step(byte octet) => state switch
    {
        State.LineStart => octet == '.' ? Go(State.Dot, 1) : Go(State.Text, 0),
        State.Dot => octet == '\r' ? Go(State.DotReturn, 1) : Go(State.Text, 0),
        State.DotReturn => octet == '\n' ? Go(State.End, 1) : AfterBareReturn(octet),
        _ => octet == '\n' ? EndLine() : AfterBareReturn(octet),
    };

    private int Go(State next, int taken)
    {
        state = next;
        return taken;
    }

    private int EndLine()
    {
        mail.Append(LineEnd);
        line = 0;
        return Go(hasDots ? State.LineStart : State.Text, 1);
    }

    private int AfterBareReturn(byte octet)
    {
        WriteBare();
        return octet == '\r' ? Go(State.Return, 1) : Go(State.Text, 0);
    }

    private void WriteBare()
    {
        line = 0;
        if (normalizes)
            mail.Append(LineEnd);
        else
            mail.Spoil(MailFlaw.BareLineEnd);
    }
}

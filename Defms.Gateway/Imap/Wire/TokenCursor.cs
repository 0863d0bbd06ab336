using System.Globalization;
using System.Text;

namespace Defms.Gateway.Imap.Wire;

/// <summary>Walks through the tokens of one answer. A method that does not find what it is named after returns false and moves nothing.</summary>
internal ref struct TokenCursor(Response response)
{
    private int index;

    public readonly bool AtEnd => index >= response.Tokens.Count;

    /// <summary>Takes the bare word <paramref name="word"/>, upper case, whatever its case on the wire.</summary>
    public bool TryWord(ReadOnlySpan<byte> word)
    {
        if (AtEnd || response.Tokens[index].Kind != TokenKind.Atom || !Ascii.EqualsIgnoreCase(response.Read(response.Tokens[index]), word))
            return false;
        index++;
        return true;
    }

    /// <summary>Takes any bare word.</summary>
    public bool TryAtom(out ReadOnlySpan<byte> atom)
    {
        atom = [];
        if (AtEnd || response.Tokens[index].Kind != TokenKind.Atom)
            return false;
        atom = response.Read(response.Tokens[index++]);
        return true;
    }

    /// <summary>Takes a string in any of its forms, or a bare word.</summary>
    public bool TryString(out ReadOnlySpan<byte> text)
    {
        text = [];
        if (AtEnd || response.Tokens[index].Kind is not (TokenKind.Atom or TokenKind.Quoted or TokenKind.Literal))
            return false;
        text = response.Read(response.Tokens[index++]);
        return true;
    }

    /// <summary>Takes a number of up to 63 bits (RFC 7162, section 7).</summary>
    public bool TryNumber(out long number)
    {
        number = 0;
        if (AtEnd || response.Tokens[index].Kind != TokenKind.Atom
            || !long.TryParse(response.Read(response.Tokens[index]), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return false;
        index++;
        return true;
    }

    /// <summary>Takes a number of 32 bits that is not zero.</summary>
    public bool TryUid(out uint uid)
    {
        TokenCursor start = this;
        uid = 0;
        if (!TryNumber(out long number) || number is 0 or > uint.MaxValue)
        {
            this = start;
            return false;
        }
        uid = (uint)number;
        return true;
    }

    public bool TryMail() => Try(TokenKind.Mail);

    public bool TryOpen() => Try(TokenKind.Open);

    public bool TryClose() => Try(TokenKind.Close);

    /// <summary>Passes over one value: a word, a string, or a list with all that is in it.</summary>
    public void SkipValue()
    {
        int depth = 0;
        do
        {
            if (AtEnd)
                return;
            depth += response.Tokens[index++].Kind switch { TokenKind.Open => 1, TokenKind.Close => -1, _ => 0 };
        }
        while (depth > 0);
    }

    private bool Try(TokenKind kind)
    {
        if (AtEnd || response.Tokens[index].Kind != kind)
            return false;
        index++;
        return true;
    }
}

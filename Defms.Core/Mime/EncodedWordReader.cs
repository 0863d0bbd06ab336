using System.Buffers;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>
/// Decodes the encoded words (RFC 2047, 2231 section 5) of an unfolded value. White space between two words goes away; the octets of adjacent words in
/// one charset are joined before they are decoded, because many programs split a character between words. Words glued to other text, words with spaces
/// inside and words without padding are read too; what is no encoded word stays as it is.
/// </summary>
internal ref struct EncodedWordReader(ReadOnlySpan<byte> value)
{
    // Longer than any registered charset name with a language tag.
    private const int MaxCharset = 75;

    // RFC 2047, 2 allows 75; programs write longer ones, but none longer than a line.
    private const int MaxWord = MimeLimits.Line;

    private readonly ReadOnlySpan<byte> _value = value;
    private readonly StringBuilder _text = new();
    private ByteBuffer _octets = new(default);
    private string? _charset;
    private bool _unterminated;

    public string Read()
    {
        int from = 0, position = 0;
        while (position < _value.Length)
        {
            int open = _value[position..].IndexOf("=?"u8);
            if (open < 0)
                break;
            open += position;
            if (!TryReadWord(open, out string charset, out bool base64, out ReadOnlySpan<byte> encoded, out int end))
            {
                position = open + 2;
                continue;
            }

            AddBetween(_value[from..open]);
            AddWord(charset, base64, encoded);
            from = position = end;
        }

        AddText(_value[from..]);
        return _text.ToString();
    }

    /// <summary>The length of the encoded word at the start of the text, one without white space inside; 0 when there is none.</summary>
    public static int LengthAt(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("=?"u8))
            return 0;
        text = text[..Math.Min(text.Length, MaxWord)];
        int space = text.IndexOfAny(" \t\r\n"u8);
        var reader = new EncodedWordReader(space < 0 ? text : text[..space]);
        return reader.TryReadWord(0, out _, out _, out _, out int end) ? end : 0;
    }

    private bool TryReadWord(int open, out string charset, out bool base64, out ReadOnlySpan<byte> encoded, out int end)
    {
        charset = "";
        base64 = false;
        encoded = default;
        end = 0;
        ReadOnlySpan<byte> rest = _value[(open + 2)..];
        int mark = rest[..Math.Min(rest.Length, MaxCharset)].IndexOf((byte)'?');
        if (_unterminated || mark <= 0 || rest.Length < mark + 3 || rest[mark + 2] != '?')
            return false;
        int kind = rest[mark + 1] | 0x20;
        if (kind is not ('b' or 'q') || rest[..mark].IndexOfAny((byte)' ', (byte)'=', (byte)'<') >= 0)
            return false;
        ReadOnlySpan<byte> body = rest[(mark + 3)..];
        int close = body.IndexOf("?="u8);
        _unterminated = close < 0;
        if (_unterminated)
            return false;
        int language = rest[..mark].IndexOf((byte)'*');
        charset = Encoding.Latin1.GetString(rest[..(language < 0 ? mark : language)]);
        base64 = kind == 'b';
        encoded = body[..close];
        end = open + 2 + mark + 3 + close + 2;
        return true;
    }

    private void AddBetween(ReadOnlySpan<byte> text)
    {
        bool onlySpace = MailSyntax.Trim(text).IsEmpty;
        if (!(onlySpace && _charset is not null))
            AddText(text);
    }

    private void AddText(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty && _charset is null)
            return;
        Flush();
        _text.Append(HeaderText.Raw(text));
    }

    private void AddWord(string charset, bool base64, ReadOnlySpan<byte> encoded)
    {
        if (_charset is not null && !_charset.Equals(charset, StringComparison.OrdinalIgnoreCase))
            Flush();
        _charset = charset;
        if (base64)
            AddBase64(encoded);
        else
            AddQ(encoded);
    }

    private void AddQ(ReadOnlySpan<byte> encoded)
    {
        for (int i = 0; i < encoded.Length; i++)
        {
            int high = encoded[i] == '=' && i + 2 < encoded.Length ? MailSyntax.HexDigit(encoded[i + 1]) : -1;
            int low = high < 0 ? -1 : MailSyntax.HexDigit(encoded[i + 2]);
            if (low >= 0)
            {
                _octets.Add((byte)((high << 4) | low));
                i += 2;
            }
            else
            {
                _octets.Add(encoded[i] == '_' ? (byte)' ' : encoded[i]);
            }
        }
    }

    private void AddBase64(ReadOnlySpan<byte> encoded)
    {
        byte[] space = ArrayPool<byte>.Shared.Rent(Base64Body.MaxLength(encoded.Length));
        int length = Base64Body.Decode(encoded, space);
        _octets.Add(space.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(space);
    }

    private void Flush()
    {
        if (_charset is null)
            return;
        _text.Append(Charsets.Decode(_octets.Written, _charset));
        _octets.Truncate(0);
        _charset = null;
    }
}

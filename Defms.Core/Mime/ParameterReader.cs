using System.Text;

namespace Defms.Core.Mime;

/// <summary>
/// Reads "value; name=value; …" (RFC 2045, 5.1; RFC 2183) in one pass. Read too: missing semicolons, spaces around =, comments, encoded words as
/// values (which RFC 2047 forbids and half of all programs write), quotes that never close.
/// </summary>
internal ref struct ParameterReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;
    private CommentSkipper _comments;

    /// <summary>The leading value in lower case without inner white space, and the parameters.</summary>
    public (string Value, MimeParameters Parameters) Read()
    {
        string value = ReadValueName();
        if (_position >= _text.Length)
            return (value, MimeParameters.None);
        var sections = new ParameterSections();
        while (_position < _text.Length && sections.Count < MimeLimits.Parameters)
        {
            SkipSpace();
            if (_position < _text.Length && _text[_position] == ';')
                _position++;
            else if (_position < _text.Length)
                ReadParameter(sections);
        }

        return (value, sections.Join());
    }

    private string ReadValueName()
    {
        var name = new ByteBuffer(stackalloc byte[64]);
        bool spaced = false;
        while (true)
        {
            int before = _position;
            SkipSpace();
            spaced |= _position > before && name.Length > 0;
            if (_position >= _text.Length || _text[_position] == ';')
                break;
            // "image/ jpeg" is one type, "application/pdf name=x" a type and a parameter whose semicolon was forgotten.
            bool joins = name.Length == 0 || name.Written[^1] == '/' || _text[_position] == '/';
            if (spaced && !joins)
                break;
            spaced = false;
            do
                name.Add(_text[_position++]);
            while (_position < _text.Length && !IsTokenEnd(_text[_position]) && _text[_position] != '/');
        }

        return HeaderText.Raw(name.Written).ToLowerInvariant();
    }

    private void ReadParameter(ParameterSections sections)
    {
        int start = _position;
        while (_position < _text.Length && !IsTokenEnd(_text[_position]) && _text[_position] != '=')
            _position++;
        ReadOnlySpan<byte> name = _text[start.._position];
        SkipSpace();
        if (_position >= _text.Length || _text[_position] != '=')
        {
            if (_position == start)
                _position++;
            return;
        }

        _position++;
        SkipSpace();
        if (_position < _text.Length && _text[_position] == '"')
            AddQuoted(sections, name);
        else
            AddToken(sections, name);
    }

    private void AddToken(ParameterSections sections, ReadOnlySpan<byte> name)
    {
        int start = _position;
        while (_position < _text.Length && _text[_position] != ';' && !MailSyntax.IsSpace(_text[_position]))
            _position++;
        ExtendOverSpaces();
        if (_position > start)
            sections.Add(name, MailSyntax.Trim(_text[start.._position]));
    }

    /// <summary>"name=my file.pdf": a value with spaces that nobody quoted runs to the semicolon, unless a word in it is a parameter again.</summary>
    private void ExtendOverSpaces()
    {
        int end = _text[_position..].IndexOf((byte)';');
        ReadOnlySpan<byte> rest = end < 0 ? _text[_position..] : _text.Slice(_position, end);
        if (rest.IndexOfAny((byte)'=', (byte)'(', (byte)'"') < 0)
            _position += rest.Length;
    }

    private void AddQuoted(ParameterSections sections, ReadOnlySpan<byte> name)
    {
        var value = new ByteBuffer(stackalloc byte[128]);
        int i = _position + 1;
        while (i < _text.Length && _text[i] != '"')
        {
            // "C:\file" from programs that do not know quoted pairs: a backslash counts only before what it must protect.
            if (_text[i] == '\\' && i + 1 < _text.Length && _text[i + 1] is (byte)'"' or (byte)'\\')
                i++;
            if (_text[i] is not ((byte)'\r' or (byte)'\n'))
                value.Add(_text[i]);
            i++;
        }

        _position = Math.Min(i + 1, _text.Length);
        sections.Add(name, value.Written);
    }

    private void SkipSpace()
    {
        while (_position < _text.Length)
        {
            int comment = _text[_position] == '(' ? _comments.EndOf(_text, _position) : -1;
            if (comment < 0 && !MailSyntax.IsSpace(_text[_position]))
                return;
            _position = comment < 0 ? _position + 1 : comment;
        }
    }

    private static bool IsTokenEnd(byte octet) => MailSyntax.IsSpace(octet) || octet is (byte)';' or (byte)'(' or (byte)'"';
}

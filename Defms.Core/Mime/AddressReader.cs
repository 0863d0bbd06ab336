namespace Defms.Core.Mime;

/// <summary>
/// Reads an address list (RFC 5322, 3.4 and 4.4) in one pass. Words gather in a phrase; when an @ comes without angle brackets the last run of words
/// was the local part and what stood before it is the name. Tolerated because real mail has them: missing commas, semicolons as commas, brackets that
/// never close, comments as names, whole mailboxes inside an encoded word.
/// </summary>
internal ref struct AddressReader
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly List<NamedAddress> _mailboxes = [];
    private readonly List<AddressGroup> _groups = [];
    private int _position;
    private CommentSkipper _comments;
    private ByteBuffer _phrase;
    private ByteBuffer _run;
    private int _runStart;
    private bool _space;
    private string? _name;
    private MailAddress? _address;
    private bool _bare;
    private ReadOnlySpan<byte> _comment;
    private string? _group;
    private int _groupStart;

    public AddressReader(ReadOnlySpan<byte> text)
    {
        _text = text;
        _phrase = new ByteBuffer(default);
        _run = new ByteBuffer(default);
    }

    public AddressList Read()
    {
        while (_position < _text.Length && _mailboxes.Count < MimeLimits.Mailboxes)
            Step(_text[_position]);
        FinishMailbox();
        FinishGroup();
        return new AddressList(_mailboxes, _groups);
    }

    private void Step(byte next)
    {
        switch (next)
        {
            case (byte)',':
                FinishMailbox();
                _position++;
                break;
            case (byte)';':
                FinishMailbox();
                FinishGroup();
                _position++;
                break;
            case (byte)':' when _address is null:
                BeginGroup();
                break;
            case (byte)'<':
                ReadAngle();
                break;
            case (byte)'@' when _run.Length > 0 || _address is not null:
                ReadBareDomain();
                break;
            case (byte)'>':
                _position++;
                break;
            case (byte)'(':
                ReadComment();
                break;
            case (byte)'"':
                ReadQuoted();
                break;
            default:
                ReadWord(next);
                break;
        }
    }

    private void ReadWord(byte next)
    {
        if (MailSyntax.IsSpace(next))
        {
            _space = true;
            _position++;
            return;
        }

        int start = _position;
        // "=?utf-8?q?Doe,_John?=": programs forget that a comma must be encoded here.
        _position += Math.Max(1, EncodedWordReader.LengthAt(_text[_position..]));
        while (_position < _text.Length && !IsWordEnd(_text[_position]))
            _position++;
        AddWord(_text[start.._position]);
    }

    private static bool IsWordEnd(byte octet) =>
        MailSyntax.IsSpace(octet) || octet is (byte)',' or (byte)';' or (byte)':' or (byte)'<' or (byte)'@' or (byte)'(' or (byte)'"';

    private void AddWord(scoped ReadOnlySpan<byte> word)
    {
        bool joins = !_space || (_run.Length > 0 && _run.Written[^1] == '.') || (!word.IsEmpty && word[0] == '.');
        if (_space && _phrase.Length > 0)
            _phrase.Add((byte)' ');
        _space = false;
        if (!joins || _run.Length == 0)
        {
            _run.Truncate(0);
            _runStart = _phrase.Length;
        }

        _run.Add(word);
        _phrase.Add(word);
    }

    private void ReadQuoted()
    {
        var content = new ByteBuffer(stackalloc byte[128]);
        int i = _position + 1;
        while (i < _text.Length && _text[i] != '"')
        {
            if (_text[i] == '\\' && i + 1 < _text.Length)
                i++;
            if (_text[i] is not ((byte)'\r' or (byte)'\n'))
                content.Add(_text[i]);
            i++;
        }

        _position = Math.Min(i + 1, _text.Length);
        AddWord(content.Written);
    }

    private void ReadComment()
    {
        int end = _comments.EndOf(_text, _position);
        if (end < 0)
        {
            ReadWord((byte)'(');
            return;
        }

        _comment = _text[(_position + 1)..(end - 1)];
        _position = end;
        _space = true;
    }

    private void BeginGroup()
    {
        _position++;
        if (_phrase.Length == 0)
            return;
        FinishGroup();
        _group = HeaderText.DecodePhrase(_phrase.Written);
        _groupStart = _mailboxes.Count;
        ClearPhrase();
    }

    private void ReadAngle()
    {
        string? before = _bare ? BareAsName() : null;
        if (_address is { IsEmpty: false })
            SplitBeforePhrase();
        var reader = new AngleReader(_text, _position);
        _address = reader.Read();
        _position = reader.Position;
        if (before is not null || _phrase.Length > 0)
            _name = before ?? HeaderText.DecodePhrase(_phrase.Written);
        ClearPhrase();
    }

    /// <summary>"a@b &lt;a@b&gt;": what looked like an address was the name of the one in brackets.</summary>
    private string BareAsName()
    {
        string name = $"{_name} {_address} {HeaderText.DecodePhrase(_phrase.Written)}".Trim();
        _address = null;
        _bare = false;
        ClearPhrase();
        return name;
    }

    /// <summary>A second address without a comma: the first ends where the words of the second began.</summary>
    private void SplitBeforePhrase()
    {
        var kept = new ByteBuffer(stackalloc byte[128]);
        kept.Add(_phrase.Written);
        ClearPhrase();
        FinishMailbox();
        _phrase.Add(kept.Written);
    }

    private void ReadBareDomain()
    {
        _position++;
        string domain = AngleReader.ReadDomain(_text, ref _position, ref _comments);
        if (_run.Length == 0)
        {
            // "a@b@c": everything before the last @ is the local part, up to a length that keeps a row of them linear.
            if (_address!.Value.Local.Length < MimeLimits.Line)
                _address = new MailAddress(_address.Value.Local + "@" + _address.Value.Domain, domain);
            return;
        }

        var local = HeaderText.Raw(_run.Written);
        _phrase.Truncate(_runStart);
        if (_address is not null)
            SplitBeforePhrase();
        _name = HeaderText.DecodePhrase(_phrase.Written);
        _address = new MailAddress(local, domain);
        _bare = true;
        ClearPhrase();
    }

    private void ClearPhrase()
    {
        _phrase.Truncate(0);
        _run.Truncate(0);
        _runStart = 0;
        _space = false;
    }

    private void FinishMailbox()
    {
        string? name = string.IsNullOrEmpty(_name) ? HeaderText.DecodePhrase(_phrase.Written) : _name;
        if (name.Length == 0 && (_address is not null || IsAllThereIs()))
            name = HeaderText.DecodeComment(_comment);
        if (_address is { IsEmpty: false } address)
            _mailboxes.Add(new NamedAddress(name.Length == 0 ? null : name, address));
        else if (name.Length > 0)
            _mailboxes.Add(FromNameAlone(name));
        _address = null;
        _bare = false;
        _name = null;
        _comment = default;
        ClearPhrase();
    }

    /// <summary>"From: (nobody)": a comment that is the whole field names somebody, one behind a list does not.</summary>
    private readonly bool IsAllThereIs() => _position >= _text.Length && _mailboxes.Count == 0 && _groups.Count == 0 && _group is null;

    /// <summary>Some programs put the whole mailbox into an encoded word or quotes; then the address is inside the name.</summary>
    private static NamedAddress FromNameAlone(string name)
    {
        if (MailAddress.TryParse(name, out MailAddress whole))
            return new NamedAddress(null, whole);
        int open = name.LastIndexOf('<');
        if (open >= 0 && name.EndsWith('>') && MailAddress.TryParse(name[(open + 1)..^1], out MailAddress inner))
            return new NamedAddress(open == 0 ? null : name[..open].Trim(), inner);
        return new NamedAddress(name, default);
    }

    private void FinishGroup()
    {
        if (_group is not null)
            _groups.Add(new AddressGroup(_group, _mailboxes.GetRange(_groupStart, _mailboxes.Count - _groupStart)));
        _group = null;
    }
}

namespace Defms.Core.Mime;

/// <summary>
/// Reads a date word by word: numbers, names, times and offsets in whatever order they come ("Thu, 13 Feb 1969 23:32 -0330", "Sun Oct 27 23:57:07 2002",
/// "2002-10-27T23:57:07Z", "27-Oct-02 11:57 PM EST").
/// </summary>
internal ref struct MailDateReader(ReadOnlySpan<byte> text)
{
    // A date with comments is shorter than this; what is longer is no date, and the bound keeps the reading cheap.
    private const int MaxLength = 300;

    private readonly ReadOnlySpan<byte> _text = text.Length > MaxLength ? text[..MaxLength] : text;
    private CommentSkipper _comments;
    private int _position;
    private int _day;
    private int _month;
    private int _year = -1;
    private TimeSpan? _time;
    private TimeSpan? _offset;

    public bool TryRead(out DateTimeOffset date)
    {
        while (NextWord(out ReadOnlySpan<byte> word))
            Take(word);
        date = default;
        if (_day is < 1 or > 31 || _month is < 1 or > 12 || _year < 0 || _time is null)
            return false;
        return TryMake(out date);
    }

    private readonly bool TryMake(out DateTimeOffset date)
    {
        date = default;
        int year = _year < 50 ? _year + 2000 : _year < 1000 ? _year + 1900 : _year;
        if (year > 9998 || _day > DateTime.DaysInMonth(year, _month))
            return false;
        DateTime local = new DateTime(year, _month, _day, 0, 0, 0, DateTimeKind.Unspecified) + _time!.Value;
        TimeSpan offset = _offset ?? TimeSpan.Zero;
        // .NET holds offsets up to 14 hours; a wilder one keeps its instant and loses its zone.
        date = offset.Duration() <= TimeSpan.FromHours(14)
            ? new DateTimeOffset(local, offset)
            : new DateTimeOffset(local - offset, TimeSpan.Zero);
        return true;
    }

    private bool NextWord(out ReadOnlySpan<byte> word)
    {
        word = default;
        while (_position < _text.Length && (IsSeparator(_text[_position]) || _text[_position] == '('))
        {
            int comment = _text[_position] == '(' ? _comments.EndOf(_text, _position) : -1;
            _position = comment < 0 ? _position + 1 : comment;
        }

        int start = _position;
        while (_position < _text.Length && !IsSeparator(_text[_position]) && _text[_position] != '(')
            _position++;
        word = _text[start.._position];
        return !word.IsEmpty;
    }

    private static bool IsSeparator(byte octet) => MailSyntax.IsSpace(octet) || octet is (byte)',' or (byte)';' or (byte)'"';

    private void Take(ReadOnlySpan<byte> word)
    {
        if (_time is null && word.Contains((byte)':'))
            TakeTime(word);
        else if (word[0] is (byte)'+' or (byte)'-')
            TakeOffset(word);
        else if (char.IsAsciiDigit((char)word[0]))
            TakeNumbers(word);
        else
            TakeName(word);
    }

    /// <summary>"23:57", "23:57:07", "23:57:07.123+02:00", "2002-10-27T23:57:07Z", "11:57PM".</summary>
    private void TakeTime(ReadOnlySpan<byte> word)
    {
        int t = word.IndexOf((byte)'T');
        if (t > 0 && t < word.IndexOf((byte)':'))
        {
            TakeNumbers(word[..t]);
            word = word[(t + 1)..];
        }

        int hour = TakeInt(ref word), minute = 0, second = 0;
        if (word.StartsWith(":"u8))
            minute = TakeIntAfterMark(ref word);
        if (word.StartsWith(":"u8))
            second = TakeIntAfterMark(ref word);
        if (hour is < 0 or > 24 || minute is < 0 or > 59 || second is < 0 or > 60)
            return;
        // 60 is a leap second, which no clock here has.
        _time = new TimeSpan(hour % 24, minute, Math.Min(second, 59));
        if (word.StartsWith("."u8))
            TakeIntAfterMark(ref word);
        if (!word.IsEmpty)
            Take(word);
    }

    private void TakeOffset(ReadOnlySpan<byte> word)
    {
        bool negative = word[0] == '-';
        word = word[1..];
        int digits = word.Length;
        int number = TakeInt(ref word);
        digits -= word.Length;
        if (number < 0 || _time is null)
            return;
        int minutes = digits <= 2 ? number * 60 : (number / 100 * 60) + (number % 100);
        if (word.StartsWith(":"u8))
            minutes += Math.Max(0, TakeIntAfterMark(ref word));
        if (minutes < 100 * 60)
            _offset = TimeSpan.FromMinutes(negative ? -minutes : minutes);
    }

    /// <summary>A day, a year, or a whole date with hyphens, slashes or dots.</summary>
    private void TakeNumbers(ReadOnlySpan<byte> word)
    {
        while (!word.IsEmpty)
        {
            int length = word.IndexOfAny((byte)'-', (byte)'/', (byte)'.');
            ReadOnlySpan<byte> piece = length < 0 ? word : word[..length];
            word = length < 0 ? default : word[(length + 1)..];
            int digits = piece.Length;
            int number = TakeInt(ref piece);
            if (number >= 0)
                TakeNumber(number, digits - piece.Length);
            else if (MailDate.MonthOf(piece) is int month and > 0)
                _month = month;
        }
    }

    private void TakeNumber(int number, int digits)
    {
        if (digits > 2 && _year < 0)
            _year = number;
        else if (_day == 0 && (_year < 0 || _month > 0))
            _day = number;
        else if (_month == 0)
            _month = number;
        else if (_day == 0)
            _day = number;
        else if (_year < 0)
            _year = number;
    }

    private void TakeName(ReadOnlySpan<byte> word)
    {
        int month = _month == 0 ? MailDate.MonthOf(word) : 0;
        if (month > 0)
            _month = month;
        else if (_time is { } time && (word.Length == 2) && (word[1] | 0x20) == 'm' && (word[0] | 0x20) is 'a' or 'p')
            _time = new TimeSpan((time.Hours % 12) + ((word[0] | 0x20) == 'p' ? 12 : 0), time.Minutes, time.Seconds);
        else if (_time is not null && _offset is null)
            TakeZone(word);
    }

    /// <summary>"EST", or "GMT+0100".</summary>
    private void TakeZone(ReadOnlySpan<byte> word)
    {
        int sign = word.IndexOfAny((byte)'+', (byte)'-');
        if (sign > 0 && ZoneNames.IsUniversal(word[..sign]))
            TakeOffset(word[sign..]);
        else
            _offset = ZoneNames.OffsetOf(word);
    }

    private static int TakeIntAfterMark(ref ReadOnlySpan<byte> word)
    {
        word = word[1..];
        return TakeInt(ref word);
    }

    /// <summary>The number at the start of the word, at most eight digits of it; -1 when there is none.</summary>
    private static int TakeInt(ref ReadOnlySpan<byte> word)
    {
        int i = 0, number = 0;
        while (i < word.Length && char.IsAsciiDigit((char)word[i]))
        {
            if (i < 8)
                number = (number * 10) + word[i] - '0';
            i++;
        }

        word = word[i..];
        return i == 0 ? -1 : number;
    }
}

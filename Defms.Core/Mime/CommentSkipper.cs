namespace Defms.Core.Mime;

/// <summary>
/// Finds where comments end (RFC 5322, 3.2.2), nested ones counted. A comment that is never closed ends at the next parenthesis, and where there
/// is none the parenthesis is an ordinary character, so that a lone "(" does not swallow the addresses behind it. Linear over a whole field: a
/// search that found nothing is not made again.
/// </summary>
internal struct CommentSkipper
{
    private bool _unbalanced;
    private bool _unclosed;

    /// <summary>The index behind the comment that opens at <paramref name="open"/>, or -1 when it is not a comment.</summary>
    public int EndOf(ReadOnlySpan<byte> text, int open)
    {
        if (_unclosed)
            return -1;
        if (!_unbalanced)
        {
            int end = Balanced(text, open);
            if (end >= 0)
                return end;
            _unbalanced = true;
        }

        int close = text[open..].IndexOf((byte)')');
        _unclosed = close < 0;
        return _unclosed ? -1 : open + close + 1;
    }

    private static int Balanced(ReadOnlySpan<byte> text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'\\':
                    i++;
                    break;
                case (byte)'(':
                    depth++;
                    break;
                case (byte)')' when --depth == 0:
                    return i + 1;
            }
        }

        return -1;
    }
}

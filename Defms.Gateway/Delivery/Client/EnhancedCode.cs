namespace Defms.Gateway.Delivery.Client;

/// <summary>An enhanced status code class.subject.detail (RFC 3463): class 2, 4 or 5, the others up to three digits.</summary>
internal readonly record struct EnhancedCode(int Class, int Subject, int Detail)
{
    /// <summary>Reads the code that <paramref name="text"/> begins with; what follows it must be white space or nothing.</summary>
    public static EnhancedCode? TryRead(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAny(' ', '\t');
        ReadOnlySpan<char> word = end < 0 ? text : text[..end];
        Span<Range> parts = stackalloc Range[4];
        if (word.Split(parts, '.') != 3)
            return null;
        int first = Number(word[parts[0]]), subject = Number(word[parts[1]]), detail = Number(word[parts[2]]);
        return first is 2 or 4 or 5 && subject >= 0 && detail >= 0 ? new EnhancedCode(first, subject, detail) : null;
    }

    public override string ToString() => $"{Class}.{Subject}.{Detail}";

    private static int Number(ReadOnlySpan<char> digits)
    {
        if (digits.Length is 0 or > 3)
            return -1;
        int number = 0;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
                return -1;
            number = (number * 10) + digit - '0';
        }
        return number;
    }
}

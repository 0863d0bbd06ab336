using System.Diagnostics.CodeAnalysis;

namespace Defms.Gateway.Smtp;

/// <summary>The words behind the path of MAIL and RCPT (RFC 5321, 4.1.2: esmtp-param). Each may come once.</summary>
internal sealed class Parameters
{
    /// <summary>More than all extensions together know.</summary>
    private const int MaxCount = 16;

    private readonly Dictionary<string, string?> values = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="text">What follows the path.</param>
    public static bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(true)] out Parameters? parameters)
    {
        parameters = null;
        var read = new Parameters();
        foreach (Range range in text.Split(' '))
        {
            ReadOnlySpan<char> word = text[range];
            if (!word.IsEmpty && !read.TryAdd(word))
                return false;
        }
        parameters = read;
        return true;
    }

    /// <summary>Takes one out, so that what is left is unknown.</summary>
    /// <param name="value">Null when the word stood alone.</param>
    public bool TryTake(string keyword, out string? value) => values.Remove(keyword, out value);

    public bool IsEmpty => values.Count == 0;

    private bool TryAdd(ReadOnlySpan<char> word)
    {
        int equals = word.IndexOf('=');
        ReadOnlySpan<char> keyword = equals < 0 ? word : word[..equals];
        string? value = equals < 0 ? null : word[(equals + 1)..].ToString();
        return IsKeyword(keyword) && value != "" && values.Count < MaxCount && values.TryAdd(keyword.ToString(), value);
    }

    private static bool IsKeyword(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
        }
        return !text.IsEmpty && text[0] != '-';
    }
}

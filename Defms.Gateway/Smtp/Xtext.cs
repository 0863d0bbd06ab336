using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Defms.Gateway.Smtp;

/// <summary>xtext (RFC 3461, section 4): ASCII with +XX for what cannot stand in a parameter.</summary>
internal static class Xtext
{
    /// <summary>
    /// Decodes; the result holds no control characters, since it goes into reports. UTF-8 is let through as it is (RFC 6533, 3).
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '=' || (c == '+' && !TryHex(text[(i + 1)..], out c)))
                return false;
            if (char.IsControl(c) || (text[i] == '+' && c > '\x7f'))
                return false;
            i += text[i] == '+' ? 2 : 0;
            result.Append(c);
        }
        decoded = result.ToString();
        return true;
    }

    /// <summary>Two hexadecimal digits, upper case as the RFC has them or lower as some write them.</summary>
    private static bool TryHex(ReadOnlySpan<char> text, out char c)
    {
        c = default;
        if (text.Length < 2 || !char.IsAsciiHexDigit(text[0]) || !char.IsAsciiHexDigit(text[1]))
            return false;
        c = (char)Convert.FromHexString(text[..2])[0];
        return true;
    }
}

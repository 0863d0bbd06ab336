using System.Globalization;
using System.Text;

namespace Defms.Gateway.Delivery.Bounces;

/// <summary>utf-8-addr-xtext (RFC 6533, 3): \x{E9} stands for a character; characters as they are may stand beside it. What stands for none is left.</summary>
internal static class Utf8Address
{
    public static string Decode(string text)
    {
        var decoded = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int close = text.AsSpan(i).StartsWith("\\x{") ? text.IndexOf('}', i) : -1;
            if (close > 0 && TryRead(text.AsSpan(i + 3, close - i - 3), out Rune rune))
            {
                decoded.Append(rune.ToString());
                i = close + 1;
            }
            else
                decoded.Append(text[i++]);
        }
        return decoded.ToString();
    }

    /// <summary>Control characters are no part of an address, and a line end hidden in one is an attack.</summary>
    private static bool TryRead(ReadOnlySpan<char> digits, out Rune rune)
    {
        rune = default;
        return digits.Length is > 0 and <= 6 && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            && Rune.TryCreate(value, out rune) && !Rune.IsControl(rune);
    }
}

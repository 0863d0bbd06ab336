using System.Text;

namespace Defms.Core.Mime;

/// <summary>Charsets of mail that the runtime has no decoder for: UTF-7 (RFC 2152) and three parts of ISO 8859.</summary>
internal static class RareCharsets
{
    // The characters A0 to FF; those below are the same everywhere.
    private const string Nordic =
        "\u00A0\u0104\u0112\u0122\u012A\u0128\u0136\u00A7\u013B\u0110\u0160\u0166\u017D\u00AD\u016A\u014A" +
        "\u00B0\u0105\u0113\u0123\u012B\u0129\u0137\u00B7\u013C\u0111\u0161\u0167\u017E\u2015\u016B\u014B" +
        "\u0100\u00C1\u00C2\u00C3\u00C4\u00C5\u00C6\u012E\u010C\u00C9\u0118\u00CB\u0116\u00CD\u00CE\u00CF" +
        "\u00D0\u0145\u014C\u00D3\u00D4\u00D5\u00D6\u0168\u00D8\u0172\u00DA\u00DB\u00DC\u00DD\u00DE\u00DF" +
        "\u0101\u00E1\u00E2\u00E3\u00E4\u00E5\u00E6\u012F\u010D\u00E9\u0119\u00EB\u0117\u00ED\u00EE\u00EF" +
        "\u00F0\u0146\u014D\u00F3\u00F4\u00F5\u00F6\u0169\u00F8\u0173\u00FA\u00FB\u00FC\u00FD\u00FE\u0138";

    private const string Celtic =
        "\u00A0\u1E02\u1E03\u00A3\u010A\u010B\u1E0A\u00A7\u1E80\u00A9\u1E82\u1E0B\u1EF2\u00AD\u00AE\u0178" +
        "\u1E1E\u1E1F\u0120\u0121\u1E40\u1E41\u00B6\u1E56\u1E81\u1E57\u1E83\u1E60\u1EF3\u1E84\u1E85\u1E61" +
        "\u00C0\u00C1\u00C2\u00C3\u00C4\u00C5\u00C6\u00C7\u00C8\u00C9\u00CA\u00CB\u00CC\u00CD\u00CE\u00CF" +
        "\u0174\u00D1\u00D2\u00D3\u00D4\u00D5\u00D6\u1E6A\u00D8\u00D9\u00DA\u00DB\u00DC\u00DD\u0176\u00DF" +
        "\u00E0\u00E1\u00E2\u00E3\u00E4\u00E5\u00E6\u00E7\u00E8\u00E9\u00EA\u00EB\u00EC\u00ED\u00EE\u00EF" +
        "\u0175\u00F1\u00F2\u00F3\u00F4\u00F5\u00F6\u1E6B\u00F8\u00F9\u00FA\u00FB\u00FC\u00FD\u0177\u00FF";

    private const string Romanian =
        "\u00A0\u0104\u0105\u0141\u20AC\u201E\u0160\u00A7\u0161\u00A9\u0218\u00AB\u0179\u00AD\u017A\u017B" +
        "\u00B0\u00B1\u010C\u0142\u017D\u201D\u00B6\u00B7\u017E\u010D\u0219\u00BB\u0152\u0153\u0178\u017C" +
        "\u00C0\u00C1\u00C2\u0102\u00C4\u0106\u00C6\u00C7\u00C8\u00C9\u00CA\u00CB\u00CC\u00CD\u00CE\u00CF" +
        "\u0110\u0143\u00D2\u00D3\u00D4\u0150\u00D6\u015A\u0170\u00D9\u00DA\u00DB\u00DC\u0118\u021A\u00DF" +
        "\u00E0\u00E1\u00E2\u0103\u00E4\u0107\u00E6\u00E7\u00E8\u00E9\u00EA\u00EB\u00EC\u00ED\u00EE\u00EF" +
        "\u0111\u0144\u00F2\u00F3\u00F4\u0151\u00F6\u015B\u0171\u00F9\u00FA\u00FB\u00FC\u0119\u021B\u00FF";

    private const int FirstOfTable = 0xA0;

    /// <summary>The text, or null when the label (in any letter case) names none of these.</summary>
    public static string? Decode(ReadOnlySpan<byte> octets, string label) => label.ToLowerInvariant() switch
    {
        "utf-7" or "utf7" or "unicode-1-1-utf-7" or "x-unicode-1-1-utf-7" => DecodeUtf7(octets),
        "iso-8859-10" or "iso8859-10" or "latin6" => DecodeTable(octets, Nordic),
        "iso-8859-14" or "iso8859-14" or "latin8" => DecodeTable(octets, Celtic),
        "iso-8859-16" or "iso8859-16" or "latin10" => DecodeTable(octets, Romanian),
        _ => null,
    };

    private static string DecodeTable(ReadOnlySpan<byte> octets, string table)
    {
        var text = new StringBuilder(octets.Length);
        foreach (byte octet in octets)
            text.Append(octet < FirstOfTable ? (char)octet : table[octet - FirstOfTable]);
        return text.ToString();
    }

    private static string DecodeUtf7(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            int plus = octets.IndexOf((byte)'+');
            text.Append(HeaderText.Raw(plus < 0 ? octets : octets[..plus]));
            if (plus < 0)
                break;
            octets = octets[(plus + 1)..];
            int end = octets.IndexOfAnyExcept(Base64Body.Alphabet);
            end = end < 0 ? octets.Length : end;
            if (end == 0)
                text.Append('+');
            else
                AppendShifted(text, octets[..end]);
            octets = octets[(end < octets.Length && octets[end] == '-' ? end + 1 : end)..];
        }

        return text.ToString();
    }

    /// <summary>A run of base64 holds UTF-16 with the big end first.</summary>
    private static void AppendShifted(StringBuilder text, ReadOnlySpan<byte> run)
    {
        byte[] units = new byte[Base64Body.MaxLength(run.Length)];
        int length = Base64Body.Decode(run, units);
        text.Append(Encoding.BigEndianUnicode.GetString(units, 0, length - (length % 2)));
    }
}

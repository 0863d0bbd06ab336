using System.Collections.Concurrent;
using System.Text;
using System.Text.Unicode;

namespace Defms.Core.Mime;

/// <summary>
/// The charsets of mail. Labels are read as mail programs use them: a label that is a subset of a larger set in daily use means the larger one
/// (ISO-8859-1 is Windows-1252, GB2312 is GB18030, as the WHATWG Encoding Standard has it). Text is never refused: what cannot be decoded shows as
/// U+FFFD, and a label that is unknown or plainly wrong falls back to UTF-8 where the octets are that, else to Windows-1252.
/// </summary>
public static class Charsets
{
    // A label is at most this long; anything longer is not looked up, so strangers cannot fill the cache.
    private const int MaxLabel = 40;
    private const int MaxCached = 500;

    private static readonly ConcurrentDictionary<string, Encoding?> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Windows-1252: every octet is a character.</summary>
    internal static Encoding Western { get; } = CodePage(1252)!;

    /// <summary>ISO-2022-JP, whose escape sequences old Japanese mail has without saying so.</summary>
    private static Encoding Japanese { get; } = CodePage(50220)!;

    /// <summary>The decoder for a label, or null when nobody knows it (or when it is UTF-8 or ASCII under any name: <see cref="Decode"/> has those).</summary>
    public static Encoding? Find(string label)
    {
        label = label.Trim().Trim('"', '\'');
        if (label.Length is 0 or > MaxLabel)
            return null;
        if (Known.TryGetValue(label, out Encoding? encoding))
            return encoding;
        encoding = Resolve(label.ToLowerInvariant());
        if (Known.Count < MaxCached)
            Known[label] = encoding;
        return encoding;
    }

    /// <summary>Text from octets that carry this label, or none.</summary>
    public static string Decode(ReadOnlySpan<byte> octets, string? label)
    {
        Encoding? encoding = string.IsNullOrEmpty(label) ? null : Find(label);
        if (encoding is UnicodeEncoding)
            return DecodeUtf16(octets, (UnicodeEncoding)encoding);
        if (encoding is not null && encoding.CodePage != Encoding.UTF8.CodePage)
            return encoding.GetString(octets);
        if (encoding is null && label is { Length: > 0 and <= MaxLabel } && RareCharsets.Decode(octets, label) is { } text)
            return text;
        if (encoding is null && octets.IndexOf("\e$"u8) >= 0)
            return Japanese.GetString(octets);
        if (octets.StartsWith(Encoding.UTF8.Preamble))
            octets = octets[3..];
        bool looksLikeUtf8 = Utf8.IsValid(octets) || (encoding is not null && HasUtf8Sequence(octets));
        return (looksLikeUtf8 ? Encoding.UTF8 : Western).GetString(octets);
    }

    /// <summary>A byte order mark counts more than the label.</summary>
    private static string DecodeUtf16(ReadOnlySpan<byte> octets, UnicodeEncoding encoding)
    {
        if (octets.StartsWith(Encoding.Unicode.Preamble))
            return Encoding.Unicode.GetString(octets[2..]);
        return octets.StartsWith(Encoding.BigEndianUnicode.Preamble) ? Encoding.BigEndianUnicode.GetString(octets[2..]) : encoding.GetString(octets);
    }

    /// <summary>True when at least one character beyond ASCII is well-formed UTF-8: then the label is right and only some octets are damaged.</summary>
    private static bool HasUtf8Sequence(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            int next = octets.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (next < 0)
                return false;
            octets = octets[next..];
            if (Rune.DecodeFromUtf8(octets, out _, out int length) == System.Buffers.OperationStatus.Done)
                return true;
            octets = octets[length..];
        }

        return false;
    }

    private static Encoding? Resolve(string label) => label switch
    {
        "utf-8" or "utf8" or "unicode-1-1-utf-8" or "utf-8mb4" or "utf_8" => Encoding.UTF8,
        "us-ascii" or "ascii" or "us_ascii" or "ansi_x3.4-1968" or "iso646-us" or "646" or "x-unknown" or "unknown-8bit" or "x-user-defined" => null,
        "iso-8859-1" or "iso8859-1" or "iso_8859-1" or "iso-8859_1" or "8859-1" or "8859_1" or "latin1" or "latin-1" or "iso-latin-1" or "l1"
            or "cp1252" or "windows1252" or "ansi" or "x-ansi" or "iso-8859-1-windows-3.1-latin-1" => CodePage(1252),
        "gb2312" or "gb_2312-80" or "gbk" or "cp936" or "x-gbk" or "ms936" or "euc-cn" or "gb-2312" or "chinesesimplified" or "gb18030" => CodePage(54936),
        "euc-kr" or "ks_c_5601-1987" or "ks_c_5601" or "ksc5601" or "ks_c_5601-1989" or "korean" or "cp949" or "ms949" or "uhc" => CodePage(949),
        "shift_jis" or "shift-jis" or "sjis" or "x-sjis" or "ms_kanji" or "cp932" or "windows-31j" or "ms932" => CodePage(932),
        "big5" or "big-5" or "big5-hkscs" or "cp950" or "x-x-big5" or "cn-big5" or "big5-eten" => CodePage(950),
        "iso-8859-9" or "iso8859-9" or "latin5" => CodePage(1254),
        "iso-8859-11" or "tis-620" or "tis620" or "iso8859-11" => CodePage(874),
        "iso-8859-8-i" or "iso-8859-8-e" => CodePage(28598),
        "iso-8859-6-i" or "iso-8859-6-e" => CodePage(28596),
        "macintosh" or "mac" or "x-mac-roman" or "macroman" or "apple-roman" => CodePage(10000),
        "koi8" or "koi" or "koi8r" or "koi8-r" => CodePage(20866),
        "koi8-u" or "koi8-ru" => CodePage(21866),
        "iso-2022-jp-1" or "iso-2022-jp-2" or "iso-2022-jp-ms" or "csiso2022jp" or "iso-2022-jp" or "jis" => CodePage(50220),
        "euc-jp" or "eucjp" or "x-euc-jp" or "ujis" => CodePage(51932),
        "hz" or "hz-gb-2312" => CodePage(52936),
        "utf-16" or "utf-16be" or "utf16" => Encoding.BigEndianUnicode,
        "utf-16le" => Encoding.Unicode,
        _ => Named(label),
    };

    /// <summary>Names such as iso8859-2, cp1251, windows1251, ibm-850 that differ from the registered ones by punctuation only.</summary>
    private static Encoding? Named(string label)
    {
        foreach (string candidate in (string[])[label, Regularized(label)])
        {
            Encoding? encoding = ByName(candidate);
            if (encoding is not null)
                return encoding;
        }

        return null;
    }

    private static string Regularized(string label)
    {
        foreach ((string prefix, string name) in (ReadOnlySpan<(string, string)>)
            [("iso8859-", "iso-8859-"), ("iso_8859-", "iso-8859-"), ("iso-8859_", "iso-8859-"), ("8859-", "iso-8859-"), ("windows", "windows-"),
                ("cp125", "windows-125"), ("cp-125", "windows-125"), ("win-", "windows-"), ("x-cp", "windows-"), ("ibm-", "ibm"), ("cp", "ibm"), ("x-", "")])
        {
            if (label.StartsWith(prefix, StringComparison.Ordinal))
                return name + label[prefix.Length..];
        }

        return label;
    }

    private static Encoding? ByName(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD"));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static Encoding? CodePage(int number) =>
        CodePagesEncodingProvider.Instance.GetEncoding(number, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("\uFFFD"));
}

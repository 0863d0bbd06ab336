using System.Text;
using SimpleBase;

namespace Defms.Core.Codecs;

/// <summary>
/// Bytes as text that begins with a character naming the base (multiformats multibase). A face over SimpleBase that adds the padded
/// base32 forms, refuses what SimpleBase lets pass, and turns its exceptions into "no", because the text comes from strangers.
/// </summary>
public static class Multibase
{
    /// <summary>Longer text is refused: nothing that we name with multibase comes near.</summary>
    public const int MaxTextLength = 8192;

    /// <summary>The limit for bases 10, 36 and 58, which take time by the square of the length; 425 bytes and more fit.</summary>
    public const int MaxRadixTextLength = 1024;

    /// <summary>Lower-case base32 without padding, prefix <c>b</c>: how CIDs are written.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes) => "b" + SimpleBase.Base32.FileCoin.Encode(bytes);

    /// <summary>Bitcoin's base58, prefix <c>z</c>: how did:key writes a key.</summary>
    public static string Base58(ReadOnlySpan<byte> bytes) => "z" + SimpleBase.Base58.Bitcoin.Encode(bytes);

    public static string Encode(ReadOnlySpan<byte> bytes, MultibaseEncoding encoding) => SimpleBase.Multibase.Encode(bytes, encoding);

    /// <summary>
    /// Decodes text in any base this program knows, chosen by its first character. Bases 16, 32 and 36 are read in either case;
    /// apart from that only the text that encoding the bytes would give is read: no other length, padding or trailing bits.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.IsEmpty || text.Length > LimitOf(text[0]) || !TryDecodeLoosely(text, out byte[] decoded))
            return false;
        string again = EncodeAs(text[0], decoded);
        bool same = IsCaseInsensitive(text[0]) ? Ascii.EqualsIgnoreCase(again, text) : text.SequenceEqual(again);
        if (same)
            bytes = decoded;
        return same;
    }

    private static int LimitOf(char prefix) => prefix is '9' or 'k' or 'K' or 'z' or 'Z' ? MaxRadixTextLength : MaxTextLength;

    private static bool IsCaseInsensitive(char prefix) => "fFbBcCvVtTkK".Contains(prefix, StringComparison.Ordinal);

    private static bool TryDecodeLoosely(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        try
        {
            bytes = text[0] switch
            {
                'c' or 'C' or 't' or 'T' => SimpleBase.Multibase.Decode($"{Unpadded(text[0])}{text[1..].TrimEnd('=')}"),
                // SimpleBase 5.6.4 takes no base64url whose length is a multiple of four.
                'u' or 'U' => System.Buffers.Text.Base64Url.DecodeFromChars(text[1..]),
                _ => SimpleBase.Multibase.Decode(text),
            };
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    private static string EncodeAs(char prefix, byte[] bytes)
    {
        if (prefix is not ('c' or 'C' or 't' or 'T'))
            return SimpleBase.Multibase.Encode(bytes, (MultibaseEncoding)prefix);
        string unpadded = SimpleBase.Multibase.Encode(bytes, (MultibaseEncoding)Unpadded(prefix))[1..];
        return prefix + unpadded + new string('=', (8 - unpadded.Length % 8) % 8);
    }

    /// <summary>The base without padding that has the same alphabet.</summary>
    private static char Unpadded(char prefix) => prefix switch { 'c' => 'b', 'C' => 'B', 't' => 'v', _ => 'V' };
}

using SimpleBase;

namespace Defms.Core.Codecs;

/// <summary>
/// Bytes as text that begins with a character naming the base (multiformats multibase). A thin face over SimpleBase, whose exceptions
/// become "no" here because the text comes from strangers.
/// </summary>
public static class Multibase
{
    /// <summary>Longer text is refused: nothing that we name with multibase comes near.</summary>
    public const int MaxTextLength = 8192;

    /// <summary>Lower-case base32 without padding, prefix <c>b</c>: how CIDs are written.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes) => "b" + SimpleBase.Base32.FileCoin.Encode(bytes);

    /// <summary>Bitcoin's base58, prefix <c>z</c>: how did:key writes a key.</summary>
    public static string Base58(ReadOnlySpan<byte> bytes) => "z" + SimpleBase.Base58.Bitcoin.Encode(bytes);

    public static string Encode(ReadOnlySpan<byte> bytes, MultibaseEncoding encoding) => SimpleBase.Multibase.Encode(bytes, encoding);

    /// <summary>Decodes text in any base this program knows, chosen by its first character.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.IsEmpty || text.Length > MaxTextLength)
            return false;
        try
        {
            bytes = SimpleBase.Multibase.Decode(text);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return false;
        }
    }
}

using System.Text;
using System.Text.Unicode;

namespace Defms.Core.Mime;

/// <summary>The charset that an HTML body names in its own head, for parts whose header names none.</summary>
internal static class HtmlCharset
{
    // Where the HTML Living Standard looks.
    private const int Window = 1024;

    private static readonly System.Buffers.SearchValues<char> LabelEnds = System.Buffers.SearchValues.Create("\"'> ;/");

    /// <summary>The label, or null when there is none or the octets are UTF-8 with characters beyond ASCII, whatever they say.</summary>
    public static string? In(ReadOnlySpan<byte> octets)
    {
        if (Utf8.IsValid(octets) && !Ascii.IsValid(octets))
            return null;
        string head = Encoding.Latin1.GetString(octets[..Math.Min(octets.Length, Window)]);
        int found = head.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        if (found < 0)
            return null;
        ReadOnlySpan<char> rest = head.AsSpan(found + "charset=".Length).TrimStart("\"' ");
        int end = rest.IndexOfAny(LabelEnds);
        string label = (end < 0 ? rest : rest[..end]).ToString();
        // A head that could be read is not in UTF-16.
        return label.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase) ? null : label;
    }
}

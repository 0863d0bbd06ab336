using System.Text;

namespace Defms.Gateway.Authentication;

/// <summary>
/// A list "name=value; …" as DKIM, ARC and DMARC have it (RFC 6376, 3.2). Names keep their case, values lose the white space around them. A
/// name that comes twice makes the whole list invalid.
/// </summary>
internal sealed class TagList
{
    /// <summary>DKIM knows about fifteen; whoever writes more is not signing mail.</summary>
    private const int MaxTags = 64;

    /// <summary>Characters in a list: a signature by a key of 16,384 bits that names some hundred fields stays far below.</summary>
    public const int MaxLength = 32 * 1024;

    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    private TagList()
    {
    }

    /// <summary>The first name; records begin with their version.</summary>
    public string First { get; private set; } = "";

    public string? this[string name] => values.GetValueOrDefault(name);

    public static bool TryParse(string text, out TagList list)
    {
        list = new TagList();
        if (text.Length > MaxLength)
            return false;
        ReadOnlySpan<char> rest = text;
        foreach (Range range in rest.Split(';'))
        {
            ReadOnlySpan<char> tag = rest[range].Trim(" \t\r\n");
            if (tag.IsEmpty && range.End.GetOffset(rest.Length) == rest.Length)
                break;
            if (!list.TryAdd(tag))
                return false;
        }

        return true;
    }

    /// <summary>The value without any white space, for base64 and lists of names that may be folded.</summary>
    public string? Compact(string name) =>
        this[name] is { } value ? string.Concat(value.Where(c => c is not (' ' or '\t' or '\r' or '\n'))) : null;

    /// <summary>
    /// A field's octets with the value of one tag taken out, as it was when its signature was computed (RFC 6376, 3.5): everything behind "=" up
    /// to the next semicolon.
    /// </summary>
    public static byte[] Without(ReadOnlySpan<byte> field, int valueStart, string name)
    {
        int start = valueStart;
        while (start < field.Length)
        {
            int end = field[start..].IndexOf((byte)';');
            end = end < 0 ? field.Length : start + end;
            ReadOnlySpan<byte> tag = field[start..end];
            int equals = tag.IndexOf((byte)'=');
            if (equals >= 0 && tag[..equals].Trim(" \t\r\n"u8).SequenceEqual(Encoding.ASCII.GetBytes(name)))
                return [.. field[..(start + equals + 1)], .. field[end..]];
            start = end + 1;
        }

        return field.ToArray();
    }

    private bool TryAdd(ReadOnlySpan<char> tag)
    {
        int equals = tag.IndexOf('=');
        if (equals <= 0 || values.Count == MaxTags)
            return false;
        string name = tag[..equals].TrimEnd(" \t\r\n").ToString();
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || !values.TryAdd(name, tag[(equals + 1)..].TrimStart(" \t\r\n").ToString()))
            return false;
        if (values.Count == 1)
            First = name;
        return true;
    }
}

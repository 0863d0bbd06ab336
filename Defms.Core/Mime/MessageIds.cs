namespace Defms.Core.Mime;

/// <summary>
/// Identifiers of Message-ID, In-Reply-To, References and Content-ID (RFC 5322, 3.6.4), without their angle brackets and without the white space that
/// folding put inside them. An identifier is any other run of characters: real ones lack the @, or hold two.
/// </summary>
public static class MessageIds
{
    // RFC 5322 allows a line of 998; longer identifiers are noise.
    private const int MaxLength = MimeLimits.Line;

    /// <summary>All identifiers in order. Where there are no brackets at all, the words of the field that hold an @, or the only word.</summary>
    public static IReadOnlyList<string> Parse(ReadOnlySpan<byte> value)
    {
        var ids = new List<string>();
        ReadOnlySpan<byte> rest = value;
        while (ids.Count < MimeLimits.Identifiers)
        {
            int open = rest.IndexOf((byte)'<');
            int close = open < 0 ? -1 : rest[open..].IndexOf((byte)'>');
            if (close < 0)
                break;
            ReadOnlySpan<byte> inside = rest.Slice(open + 1, close - 1);
            Add(ids, inside[(inside.LastIndexOf((byte)'<') + 1)..]);
            rest = rest[(open + close + 1)..];
        }

        if (ids.Count == 0)
            AddUnbracketed(ids, value);
        return ids;
    }

    /// <summary>The first of <see cref="Parse"/>, or null.</summary>
    public static string? First(ReadOnlySpan<byte> value)
    {
        IReadOnlyList<string> ids = Parse(value);
        return ids.Count == 0 ? null : ids[0];
    }

    private static void AddUnbracketed(List<string> ids, ReadOnlySpan<byte> value)
    {
        value = MailSyntax.Trim(value);
        bool onlyWord = value.IndexOfAny(" \t\r\n"u8) < 0;
        foreach (Range range in value.SplitAny(" \t\r\n,;"u8))
        {
            ReadOnlySpan<byte> word = value[range].Trim("<>"u8);
            if (ids.Count < MimeLimits.Identifiers && (onlyWord || word.Contains((byte)'@')))
                Add(ids, word);
        }
    }

    private static void Add(List<string> ids, ReadOnlySpan<byte> inside)
    {
        if (inside.Length is 0 or > MaxLength)
            return;
        var kept = new ByteBuffer(stackalloc byte[128]);
        foreach (byte octet in inside)
        {
            if (octet is > (byte)' ' and not 0x7F)
                kept.Add(octet);
        }

        if (kept.Length > 0)
            ids.Add(HeaderText.Raw(kept.Written));
    }
}

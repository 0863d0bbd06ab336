namespace Defms.Core.Mime;

/// <summary>Turns the octets of header fields into text: unfolding (RFC 5322, 2.2.3), raw UTF-8 (RFC 6532) and encoded words (RFC 2047).</summary>
internal static class HeaderText
{
    /// <summary>The text of an unstructured field. A fold and the white space around it become one space.</summary>
    public static string Decode(ReadOnlySpan<byte> value)
    {
        value = MailSyntax.Trim(value);
        if (value.IndexOfAny((byte)'\n', (byte)'\r') < 0)
            return DecodeUnfolded(value);
        var unfolded = new ByteBuffer(stackalloc byte[512]);
        Unfold(value, ref unfolded);
        return DecodeUnfolded(unfolded.Written);
    }

    /// <summary>The words of a phrase as one line, white space at its ends removed and control characters shown as spaces.</summary>
    public static string DecodePhrase(ReadOnlySpan<byte> phrase) => phrase.IsEmpty ? "" : SubjectText.OneLine(Decode(phrase)).Trim();

    /// <summary>What a comment says, its quoted pairs resolved.</summary>
    public static string DecodeComment(ReadOnlySpan<byte> comment)
    {
        if (comment.IndexOf((byte)'\\') < 0)
            return DecodePhrase(comment);
        var plain = new ByteBuffer(stackalloc byte[128]);
        for (int i = 0; i < comment.Length; i++)
        {
            if (comment[i] == '\\' && i + 1 < comment.Length)
                i++;
            plain.Add(comment[i]);
        }

        return DecodePhrase(plain.Written);
    }

    /// <summary>Octets that name no charset, read as <see cref="Charsets.Decode"/> does.</summary>
    public static string Raw(ReadOnlySpan<byte> octets) => Charsets.Decode(octets, null);

    public static void Unfold(ReadOnlySpan<byte> value, ref ByteBuffer unfolded)
    {
        while (true)
        {
            int end = value.IndexOfAny((byte)'\n', (byte)'\r');
            if (end < 0)
            {
                unfolded.Add(value);
                return;
            }

            int last = end;
            while (last > 0 && MailSyntax.IsSpace(value[last - 1]))
                last--;
            unfolded.Add(value[..last]);
            while (end < value.Length && MailSyntax.IsSpace(value[end]))
                end++;
            if (unfolded.Length > 0)
                unfolded.Add((byte)' ');
            value = value[end..];
        }
    }

    private static string DecodeUnfolded(ReadOnlySpan<byte> value) =>
        value.IndexOf("=?"u8) < 0 ? Raw(value) : new EncodedWordReader(value).Read();
}

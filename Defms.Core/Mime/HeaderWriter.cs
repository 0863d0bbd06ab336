using System.Text;

namespace Defms.Core.Mime;

/// <summary>Writes header fields, folded before the 78th column where a space allows it (RFC 5322, 2.1.1), line ends CRLF.</summary>
internal sealed class HeaderWriter
{
    private const int Width = 78;

    // A word that alone would break the limit of a line is encoded, which splits it.
    private const int MaxPlainWord = 900;

    // Longer names are encoded instead of quoted, because they might have to be folded.
    private const int MaxQuotedName = 60;

    // Longer file names are split into sections (RFC 2231, 3).
    private const int MaxParameter = 60;

    private readonly StringBuilder _text = new();
    private int _column;

    public override string ToString() => _text.ToString();

    /// <summary>A field of words that may be folded between any two.</summary>
    public void Words(string name, params IEnumerable<string> words)
    {
        _text.Append(name).Append(':');
        _column = name.Length + 1;
        bool first = true;
        foreach (string word in words)
        {
            bool fold = _column + 1 + word.Length > Width && !first;
            _text.Append(fold ? "\r\n " : " ").Append(word);
            _column = (fold ? 1 : _column + 1) + word.Length;
            first = false;
        }

        _text.Append("\r\n");
    }

    /// <summary>A field of free text.</summary>
    public void Text(string name, string text) => Words(name, TextWords(text, Width - name.Length - 2));

    public void Mailboxes(string name, IReadOnlyList<NamedAddress> mailboxes)
    {
        if (mailboxes.Count == 0)
            return;
        var words = new List<string>();
        for (int i = 0; i < mailboxes.Count; i++)
        {
            AddMailbox(words, mailboxes[i], i == 0 ? Width - name.Length - 2 : Width);
            if (i < mailboxes.Count - 1)
                words[^1] += ",";
        }

        Words(name, words);
    }

    public void Ids(string name, IReadOnlyList<string> ids)
    {
        if (ids.Count > 0)
            Words(name, ids.Select(id => $"<{id}>"));
    }

    /// <summary>A field "value; parameter=…".</summary>
    public void Parameters(string name, string value, params IReadOnlyList<(string Name, string Value)> parameters)
    {
        var words = new List<string> { value };
        foreach ((string parameter, string content) in parameters)
        {
            foreach (string word in ParameterWords(parameter, content))
            {
                words[^1] += ";";
                words.Add(word);
            }
        }

        Words(name, words);
    }

    private static void AddMailbox(List<string> words, NamedAddress mailbox, int room)
    {
        MailAddress address = mailbox.Address;
        string domain = address.NeedsUtf8 || Ascii.IsValid(address.Domain) ? address.Domain : address.AsciiDomain;
        string written = new MailAddress(address.Local, domain).ToString();
        if (string.IsNullOrWhiteSpace(mailbox.Name))
        {
            words.Add(written);
            return;
        }

        words.AddRange(NameWords(mailbox.Name, room));
        words.Add($"<{written}>");
    }

    /// <summary>Atoms as they are, a short quoted string as one word (old programs cannot read a folded one), anything else encoded.</summary>
    private static IEnumerable<string> NameWords(string name, int room)
    {
        string quoted = NamedAddress.QuoteIfNeeded(name);
        if (NeedsEncoding(name) || (quoted[0] == '"' && quoted.Length > MaxQuotedName))
            return EncodedWordWriter.Write(name, room);
        return quoted[0] == '"' ? [quoted] : quoted.Split(' ');
    }

    /// <summary>Words as they are up to the first that must be encoded and behind the last one; what lies between becomes encoded words.</summary>
    private static IEnumerable<string> TextWords(string text, int room)
    {
        if (text.Length == 0)
            return [];
        if (text[0] == ' ' || text[^1] == ' ' || text.Contains("  ", StringComparison.Ordinal))
            return EncodedWordWriter.Write(text, room);
        string[] words = text.Split(' ');
        int first = Array.FindIndex(words, NeedsEncoding);
        if (first < 0)
            return words;
        int last = Array.FindLastIndex(words, NeedsEncoding);
        int used = words.Take(first).Sum(word => word.Length + 1);
        List<string> encoded = EncodedWordWriter.Write(string.Join(' ', words[first..(last + 1)]), room > used + 30 ? room - used : Width);
        return [.. words[..first], .. encoded, .. words[(last + 1)..]];
    }

    private static bool NeedsEncoding(string text) =>
        !Ascii.IsValid(text) || text.Contains("=?", StringComparison.Ordinal) || text.Contains("  ", StringComparison.Ordinal) || text.Length > MaxPlainWord;

    private static IEnumerable<string> ParameterWords(string name, string value)
    {
        if (!NeedsEncoding(value) && value.Length <= MaxParameter)
            return [$"{name}={(MailSyntax.IsToken(value) ? value : "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"")}"];
        var pieces = new List<string> { "utf-8''" };
        foreach (Rune rune in value.EnumerateRunes())
        {
            string encoded = PercentEncode(rune);
            if (pieces[^1].Length + encoded.Length > MaxParameter)
                pieces.Add("");
            pieces[^1] += encoded;
        }

        return pieces.Count == 1 ? [$"{name}*={pieces[0]}"] : pieces.Select((piece, index) => $"{name}*{index}*={piece}");
    }

    private static string PercentEncode(Rune rune)
    {
        // attribute-char of RFC 2231, 7, kept to what no program can misread.
        if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || (char)rune.Value is '.' or '-' or '_'))
            return rune.ToString();
        Span<byte> octets = stackalloc byte[4];
        int length = rune.EncodeToUtf8(octets);
        return string.Concat(octets[..length].ToArray().Select(octet => $"%{octet:X2}"));
    }
}

using System.Globalization;
using System.Text;

namespace Defms.Core.Mime;

/// <summary>
/// Gathers parameters and joins those split into numbered sections ("name*0", "name*1*") and those with a charset ("name*=utf-8''…"), RFC 2231. An
/// encoded value beats a plain one of the same name, which senders add for old programs.
/// </summary>
internal sealed class ParameterSections
{
    private static readonly System.Buffers.SearchValues<byte> LanguageCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"u8);

    private readonly List<Section> _sections = [];

    public int Count => _sections.Count;

    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        bool encoded = name.EndsWith("*"u8);
        if (encoded)
            name = name[..^1];
        int star = name.LastIndexOf((byte)'*');
        int number = -1;
        if (star > 0 && TryReadNumber(name[(star + 1)..], out number))
            name = name[..star];
        if (!name.IsEmpty)
            _sections.Add(new Section(HeaderText.Raw(name).ToLowerInvariant(), number, encoded, value.ToArray(), _sections.Count));
    }

    public MimeParameters Join()
    {
        if (_sections.Count == 0)
            return MimeParameters.None;
        var pairs = new List<KeyValuePair<string, string>>(_sections.Count);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        ILookup<string, Section> split = _sections.Where(section => section.IsExtended).ToLookup(section => section.Name);
        foreach (Section section in _sections)
        {
            if (seen.TryAdd(section.Name, pairs.Count))
                pairs.Add(new(section.Name, split.Contains(section.Name) ? JoinExtended(split[section.Name]) : DecodePlain(section.Value)));
        }

        return new MimeParameters(pairs);
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> digits, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string DecodePlain(byte[] value) =>
        value.AsSpan().IndexOf("=?"u8) < 0 ? HeaderText.Raw(value) : HeaderText.Decode(value);

    private static string JoinExtended(IEnumerable<Section> sections)
    {
        string? charset = null;
        bool encoded = false, first = true;
        var octets = new List<byte>();
        foreach (Section section in sections.OrderBy(section => section.Number).ThenBy(section => section.Order))
        {
            ReadOnlySpan<byte> value = section.Value;
            if (section.Encoded && first)
                value = TakeCharset(value, out charset);
            else if (section.Encoded && charset is not null)
                value = SkipRepeated(value, charset);
            if (section.Encoded)
                AddPercentDecoded(octets, value);
            else
                octets.AddRange(value);
            encoded |= section.Encoded;
            first = false;
        }

        byte[] joined = [.. octets];
        return encoded ? Charsets.Decode(joined, charset) : DecodePlain(joined);
    }

    private static ReadOnlySpan<byte> TakeCharset(ReadOnlySpan<byte> value, out string? charset)
    {
        charset = null;
        int quote = value.IndexOf((byte)'\'');
        int second = quote < 0 ? -1 : value[(quote + 1)..].IndexOf((byte)'\'');
        if (second < 0)
            return value;
        charset = Encoding.Latin1.GetString(value[..quote]);
        return value[(quote + 1 + second + 1)..];
    }

    /// <summary>Only the first section names the charset (RFC 2231, 4.1), but some programs say it in each.</summary>
    private static ReadOnlySpan<byte> SkipRepeated(ReadOnlySpan<byte> value, string charset)
    {
        if (value.Length <= charset.Length || value[charset.Length] != '\'' || !System.Text.Ascii.EqualsIgnoreCase(value[..charset.Length], charset))
            return value;
        value = value[(charset.Length + 1)..];
        int language = value.IndexOf((byte)'\'');
        bool isLanguage = language >= 0 && value[..language].IndexOfAnyExcept(LanguageCharacters) < 0;
        return isLanguage ? value[(language + 1)..] : value;
    }

    private static void AddPercentDecoded(List<byte> octets, ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            int high = value[i] == '%' && i + 2 < value.Length ? MailSyntax.HexDigit(value[i + 1]) : -1;
            int low = high < 0 ? -1 : MailSyntax.HexDigit(value[i + 2]);
            octets.Add(low < 0 ? value[i] : (byte)((high << 4) | low));
            if (low >= 0)
                i += 2;
        }
    }

    private sealed record Section(string Name, int Number, bool Encoded, byte[] Value, int Order)
    {
        public bool IsExtended => Encoded || Number >= 0;
    }
}

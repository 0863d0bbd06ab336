using System.Globalization;
using System.Text;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>
/// What a DKIM-Signature or ARC-Message-Signature field says (RFC 6376, 3.5; RFC 8617, 4.1.2), its form checked, nothing verified.
/// </summary>
internal sealed class SignatureFields
{
    /// <summary>Names in h=. Signers list about twenty, twice that when they over-sign.</summary>
    public const int MaxNames = 300;

    private SignatureFields(RawField field) => Field = field;

    public RawField Field { get; }

    public DkimAlgorithm Algorithm { get; private set; }

    public bool RelaxedHeader { get; private set; }

    public bool RelaxedBody { get; private set; }

    public string Domain { get; private set; } = "";

    public string Selector { get; private set; } = "";

    /// <summary>i=, or @d= when it is not said.</summary>
    public string Identity { get; private set; } = "";

    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>l=: the number of canonical body octets that are signed; null for all.</summary>
    public long? Length { get; private set; }

    /// <summary>t= and x=, Unix seconds.</summary>
    public long? Signed { get; private set; }

    public long? Expires { get; private set; }

    public byte[] BodyHash { get; private set; } = [];

    public byte[] Signature { get; private set; } = [];

    public string KeyName => $"{Selector}._domainkey.{Domain}";

    /// <summary>Null when all is well, else what is wrong. What could be read is set either way, so that a report can name the domain.</summary>
    public static string? Read(MailHeader header, RawField field, bool arc, out SignatureFields signature)
    {
        signature = new SignatureFields(field);
        return TagList.TryParse(Encoding.Latin1.GetString(header.Value(field).Span), out TagList tags)
            ? signature.Take(tags, arc)
            : "it is no list of tags";
    }

    private string? Take(TagList tags, bool arc)
    {
        Domain = (tags["d"] ?? "").ToLowerInvariant();
        Selector = (tags["s"] ?? "").ToLowerInvariant();
        Identity = (arc ? null : tags["i"]) ?? $"@{Domain}";
        if (!arc && tags["v"] != "1")
            return "its version is not 1";
        if (!DkimAlgorithms.TryParse(tags["a"], out DkimAlgorithm algorithm))
            return "its algorithm is unknown";
        Algorithm = algorithm;
        if (!IsDomain(Domain) || !DnsName.TryCanonical(KeyName, out _))
            return "it names no domain and selector";
        if (!IdentityFits())
            return "its identity is not within its domain";
        return TakeNames(tags) ?? TakeCanonical(tags["c"]) ?? TakeNumbers(tags) ?? TakeHashes(tags);
    }

    private static bool IsDomain(string domain) => domain.Contains('.', StringComparison.Ordinal) && DnsName.TryCanonical(domain, out _);

    private bool IdentityFits()
    {
        string host = Identity[(Identity.LastIndexOf('@') + 1)..];
        return host.Equals(Domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + Domain, StringComparison.OrdinalIgnoreCase);
    }

    private string? TakeNames(TagList tags)
    {
        string[] names = (tags.Compact("h") ?? "").Split(':', MaxNames + 1);
        Names = names;
        if (names.Length > MaxNames)
            return $"it names more than {MaxNames} fields";
        if (names.Any(name => name.Length == 0))
            return "it names no fields";
        return names.Contains("from", StringComparer.OrdinalIgnoreCase) ? null : "it does not sign From";
    }

    private string? TakeCanonical(string? text)
    {
        string[] forms = (text ?? "simple").ToLowerInvariant().Split('/');
        if (forms.Length > 2 || forms.Any(form => form is not ("simple" or "relaxed")))
            return "its canonical form is unknown";
        RelaxedHeader = forms[0] == "relaxed";
        RelaxedBody = forms.Length == 2 && forms[1] == "relaxed";
        return null;
    }

    private string? TakeNumbers(TagList tags)
    {
        bool valid = TryNumber(tags["l"], out long? length) & TryNumber(tags["t"], out long? signed) & TryNumber(tags["x"], out long? expires);
        (Length, Signed, Expires) = (length, signed, expires);
        if (!valid)
            return "a number in it is none";
        if (Expires <= Signed)
            return "it expires before it was made";
        return tags.Compact("q") is { } query && !query.Split(':').Contains("dns/txt", StringComparer.OrdinalIgnoreCase) ? "its key is not in the DNS" : null;
    }

    private static bool TryNumber(string? text, out long? number)
    {
        number = null;
        if (text is null)
            return true;
        bool valid = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
        number = value;
        return valid;
    }

    private string? TakeHashes(TagList tags)
    {
        bool valid = TryBase64(tags.Compact("bh"), out byte[] bodyHash) & TryBase64(tags.Compact("b"), out byte[] signature);
        (BodyHash, Signature) = (bodyHash, signature);
        return valid && signature.Length > 0 ? null : "its hash or signature is no base64";
    }

    private static bool TryBase64(string? text, out byte[] octets)
    {
        octets = [];
        if (text is null)
            return false;
        byte[] buffer = new byte[text.Length];
        bool valid = Convert.TryFromBase64String(text, buffer, out int length);
        octets = buffer[..length];
        return valid;
    }
}

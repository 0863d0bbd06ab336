using System.Globalization;

namespace Defms.Core.Mime;

/// <summary>
/// An address local@domain (RFC 5321, 4.1.2 with RFC 6531). Two are equal when the local parts are the same characters and the domains are the same
/// name: letter case and the IDN form (RFC 5891) of the domain do not count. Addresses read from strangers' mail may be odd or even empty;
/// <see cref="IsValid"/> says whether mail could be sent to one.
/// </summary>
public readonly record struct MailAddress
{
    // RFC 5321, 4.5.3.1: octets of a local part, and of a path without its brackets.
    private const int MaxLocal = 64;
    private const int MaxAddress = 254;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false, AllowUnassigned = true };

    private readonly string? _local;
    private readonly string? _domain;

    internal MailAddress(string local, string domain)
    {
        _local = local;
        _domain = domain;
    }

    /// <summary>The part before the @, without quotes and backslashes.</summary>
    public string Local => _local ?? "";

    /// <summary>The part behind the @ as it was written; empty where a mail named none.</summary>
    public string Domain => _domain ?? "";

    /// <summary>True when a mail gave a name but no address.</summary>
    public bool IsEmpty => Local.Length == 0 && Domain.Length == 0;

    /// <summary>True when mail can be addressed to this: the promise that <see cref="TryParse"/> makes.</summary>
    public bool IsValid => IsValidLocal(Local) && IsValidDomain(Domain) && ToString().Length <= MaxAddress;

    /// <summary>The domain in lower-case ASCII (punycode labels), or just in lower case where it is not a valid name.</summary>
    public string AsciiDomain => ToAscii(Domain);

    /// <summary>The whole address in lower case with the ASCII domain: the key under which an address is looked up.</summary>
    public string Canonical => $"{FormatLocal(Local.ToLowerInvariant())}@{AsciiDomain}";

    /// <summary>True when the local part needs SMTPUTF8 (RFC 6531); a domain never does, it has an ASCII form.</summary>
    public bool NeedsUtf8 => !System.Text.Ascii.IsValid(Local);

    /// <summary>Reads exactly local@domain, nothing around it; the domain is dotted labels or an address literal in brackets.</summary>
    public static bool TryParse(string? text, out MailAddress address)
    {
        address = default;
        int at = text?.LastIndexOf('@') ?? -1;
        if (at <= 0 || !TryReadLocal(text.AsSpan(0, at), out string local))
            return false;
        var candidate = new MailAddress(local, text![(at + 1)..]);
        if (!candidate.IsValid)
            return false;
        address = candidate;
        return true;
    }

    public bool Equals(MailAddress other) =>
        string.Equals(Local, other.Local, StringComparison.Ordinal) && SameDomain(Domain, other.Domain);

    public override int GetHashCode() => HashCode.Combine(Local, AsciiDomain);

    /// <summary>local@domain as it is written on the wire (the local part quoted where it must be); the empty address gives "".</summary>
    public override string ToString() =>
        Domain.Length == 0 ? Local : $"{FormatLocal(Local)}@{Domain}";

    private static string FormatLocal(string local) =>
        MailSyntax.IsDotAtom(local) ? local : "\"" + local.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    private static bool TryReadLocal(ReadOnlySpan<char> text, out string local)
    {
        local = text.ToString();
        if (text.Length < 3 || text[0] != '"' || text[^1] != '"')
            return MailSyntax.IsDotAtom(text);
        var unquoted = new System.Text.StringBuilder(text.Length);
        for (int i = 1; i < text.Length - 1; i++)
        {
            if (text[i] == '"' || (text[i] == '\\' && ++i == text.Length - 1))
                return false;
            unquoted.Append(text[i]);
        }

        local = unquoted.ToString();
        return true;
    }

    private static bool IsValidLocal(string local) =>
        local.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(local) <= MaxLocal && !local.Any(char.IsControl);

    private static bool IsValidDomain(string domain)
    {
        if (domain.StartsWith('['))
            return domain.EndsWith(']') && domain.Length > 2 && domain[1..^1].All(c => char.IsAsciiHexDigit(c) || c is ':' or '.' or 'I' or 'P' or 'v');
        string ascii = ToAscii(domain);
        return ascii.Length is > 0 and <= 253 && System.Text.Ascii.IsValid(ascii) && ascii.Split('.').All(IsValidLabel);
    }

    private static bool IsValidLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool SameDomain(string left, string right) =>
        string.Equals(left, right, StringComparison.OrdinalIgnoreCase)
        || (!(System.Text.Ascii.IsValid(left) && System.Text.Ascii.IsValid(right)) && ToAscii(left) == ToAscii(right));

    private static string ToAscii(string domain)
    {
        string lower = domain.ToLowerInvariant();
        if (System.Text.Ascii.IsValid(lower) || lower.Split('.').Any(label => label.Length is 0 or > 63))
            return lower;
        try
        {
            return Idn.GetAscii(lower);
        }
        catch (ArgumentException)
        {
            // Not a name that the DNS could hold; strangers may write anything, and it still must compare equal to itself.
            return lower;
        }
    }
}

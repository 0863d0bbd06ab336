using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Defms.Gateway.Authentication.Spf;

internal enum SpfMechanism
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <summary>One term that can match. <see cref="Network"/> belongs to ip4 and ip6, the prefix lengths to a and mx.</summary>
internal sealed record SpfDirective(AuthResult Result, SpfMechanism Mechanism, SpfMacro? Domain, IPNetwork Network, int Prefix4, int Prefix6);

/// <summary>
/// A policy "v=spf1 …" (RFC 7208, 4.5 to 6), every term of which has been checked: a fault anywhere makes the record one that is not understood
/// (4.6). The length is bounded by that of a TXT answer, 64 KiB; reading is linear in it.
/// </summary>
internal sealed class SpfRecord
{
    private const string Version = "v=spf1";

    private readonly List<SpfDirective> directives = [];

    private SpfRecord()
    {
    }

    public IReadOnlyList<SpfDirective> Directives => directives;

    public SpfMacro? Redirect { get; private set; }

    public SpfMacro? Explanation { get; private set; }

    /// <summary>Whether a TXT record is meant as a policy: the version alone, or with a space behind it.</summary>
    public static bool IsPolicy(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Reads a text for which <see cref="IsPolicy"/> holds; false is a permanent error.</summary>
    public static bool TryParse(string text, out SpfRecord record)
    {
        record = new SpfRecord();
        ReadOnlySpan<char> rest = text.AsSpan(Version.Length);
        foreach (Range range in rest.Split(' '))
        {
            ReadOnlySpan<char> term = rest[range];
            if (!term.IsEmpty && !record.TryTerm(term))
                return false;
        }

        return true;
    }

    private bool TryTerm(ReadOnlySpan<char> term)
    {
        int equals = term.IndexOf('=');
        int colon = term.IndexOfAny(':', '/');
        return equals >= 0 && (colon < 0 || equals < colon) ? TryModifier(term[..equals], term[(equals + 1)..]) : TryDirective(term);
    }

    private bool TryModifier(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Equals("redirect", StringComparison.OrdinalIgnoreCase))
        {
            bool first = Redirect is null;
            bool valid = SpfMacro.TryParseDomain(value, out SpfMacro redirect);
            Redirect = redirect;
            return first && valid;
        }

        if (name.Equals("exp", StringComparison.OrdinalIgnoreCase))
        {
            bool first = Explanation is null;
            bool valid = SpfMacro.TryParseDomain(value, out SpfMacro explanation);
            Explanation = explanation;
            return first && valid;
        }

        return IsModifierName(name) && SpfMacro.TryParse(value, explanation: false, out _);
    }

    private static bool IsModifierName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !char.IsAsciiLetter(name[0]))
            return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }

        return true;
    }

    private bool TryDirective(ReadOnlySpan<char> term)
    {
        AuthResult result = term[0] switch
        {
            '-' => AuthResult.Fail,
            '~' => AuthResult.SoftFail,
            '?' => AuthResult.Neutral,
            _ => AuthResult.Pass,
        };
        if (term[0] is '+' or '-' or '~' or '?')
            term = term[1..];
        int end = term.IndexOfAny(':', '/');
        ReadOnlySpan<char> name = end < 0 ? term : term[..end];
        ReadOnlySpan<char> argument = end < 0 ? default : term[end..];
        if (!TryMechanism(name, out SpfMechanism mechanism) || !TryArgument(result, mechanism, argument, out SpfDirective? directive))
            return false;
        directives.Add(directive!);
        return true;
    }

    private static bool TryMechanism(ReadOnlySpan<char> name, out SpfMechanism mechanism)
    {
        mechanism = default;
        foreach (SpfMechanism each in Enum.GetValues<SpfMechanism>())
        {
            if (!name.Equals(each.ToString(), StringComparison.OrdinalIgnoreCase))
                continue;
            mechanism = each;
            return true;
        }

        return false;
    }

    private static bool TryArgument(AuthResult result, SpfMechanism mechanism, ReadOnlySpan<char> argument, out SpfDirective? directive)
    {
        SpfMacro? domain = null;
        IPNetwork network = default;
        int prefix4 = 32;
        int prefix6 = 128;
        bool valid = mechanism switch
        {
            SpfMechanism.All => argument.IsEmpty,
            SpfMechanism.Ip4 => TryNetwork(argument, AddressFamily.InterNetwork, out network),
            SpfMechanism.Ip6 => TryNetwork(argument, AddressFamily.InterNetworkV6, out network),
            SpfMechanism.Include or SpfMechanism.Exists => !argument.IsEmpty && TryDomain(argument, out domain),
            SpfMechanism.Ptr => TryDomain(argument, out domain),
            _ => TryPrefixes(ref argument, out prefix4, out prefix6) && TryDomain(argument, out domain),
        };
        directive = valid ? new SpfDirective(result, mechanism, domain, network, prefix4, prefix6) : null;
        return valid;
    }

    /// <summary>Nothing, or a colon and a domain-spec.</summary>
    private static bool TryDomain(ReadOnlySpan<char> argument, out SpfMacro? domain)
    {
        domain = null;
        if (argument.IsEmpty)
            return true;
        bool valid = argument[0] == ':' && SpfMacro.TryParseDomain(argument[1..], out SpfMacro parsed) && (domain = parsed) is not null;
        return valid;
    }

    /// <summary>Takes "/n", "//n" or "/n//n" off the end; a slash that no digits follow belongs to the domain-spec.</summary>
    private static bool TryPrefixes(ref ReadOnlySpan<char> argument, out int prefix4, out int prefix6)
    {
        prefix6 = 128;
        prefix4 = 32;
        if (TryCut(ref argument, "//", out ReadOnlySpan<char> digits) && !TryPrefix(digits, 128, out prefix6))
            return false;
        return !TryCut(ref argument, "/", out digits) || TryPrefix(digits, 32, out prefix4);
    }

    private static bool TryCut(ref ReadOnlySpan<char> argument, string slashes, out ReadOnlySpan<char> digits)
    {
        int start = argument.Length;
        while (start > 0 && char.IsAsciiDigit(argument[start - 1]))
            start--;
        digits = argument[start..];
        if (digits.IsEmpty || !argument[..start].EndsWith(slashes, StringComparison.Ordinal))
            return false;
        argument = argument[..(start - slashes.Length)];
        return true;
    }

    private static bool TryPrefix(ReadOnlySpan<char> digits, int most, out int prefix) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out prefix) && prefix <= most && (digits.Length == 1 || digits[0] != '0');

    private static bool TryNetwork(ReadOnlySpan<char> argument, AddressFamily family, out IPNetwork network)
    {
        network = default;
        if (argument.Length < 2 || argument[0] != ':')
            return false;
        argument = argument[1..];
        int slash = argument.IndexOf('/');
        int bits = family == AddressFamily.InterNetwork ? 32 : 128;
        int prefix = bits;
        if (slash >= 0 && !TryPrefix(argument[(slash + 1)..], bits, out prefix))
            return false;
        ReadOnlySpan<char> text = slash < 0 ? argument : argument[..slash];
        if (!IsAddressForm(text, family) || !IPAddress.TryParse(text, out IPAddress? address) || address.AddressFamily != family)
            return false;
        network = SpfNetwork.Around(address, prefix);
        return true;
    }

    /// <summary>Keeps out what <see cref="IPAddress.TryParse(ReadOnlySpan{char}, out IPAddress)"/> takes beyond the grammar: short forms, octal, ports, zones.</summary>
    private static bool IsAddressForm(ReadOnlySpan<char> text, AddressFamily family)
    {
        if (family == AddressFamily.InterNetworkV6)
            return !text.ContainsAny('%', '[', ']');
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            if (part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9') || (part.Length > 1 && part[0] == '0'))
                return false;
            parts++;
        }

        return parts == 4;
    }
}

internal static class SpfNetwork
{
    /// <summary>The network of a prefix length that an address lies in; the bits behind the prefix do not count.</summary>
    public static IPNetwork Around(IPAddress address, int prefix)
    {
        byte[] octets = address.GetAddressBytes();
        for (int bit = prefix; bit < octets.Length * 8; bit++)
            octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(octets), prefix);
    }
}

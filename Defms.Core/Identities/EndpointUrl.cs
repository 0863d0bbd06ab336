using System.Net;
using System.Net.Sockets;

namespace Defms.Core.Identities;

/// <summary>
/// The one text form of an endpoint's URL (docs/formats/card.md, "Endpoints"). It has a grammar of its own, much narrower than RFC 3986,
/// so that no two programs' URL parsers can read one text as two hosts.
/// </summary>
internal static class EndpointUrl
{
    private const int MaxHostLength = 253;
    private const int MaxLabelLength = 63;
    private const int Groups = 8;

    /// <summary>Whether the text is <c>http[s]://host[:port][/segment…]</c> in its one form.</summary>
    internal static bool IsCanonical(string text)
    {
        string? scheme = text.StartsWith("https://") ? "https" : text.StartsWith("http://") ? "http" : null;
        if (scheme is null)
            return false;
        ReadOnlySpan<char> rest = text.AsSpan(scheme.Length + 3);
        int slash = rest.IndexOf('/');
        ReadOnlySpan<char> authority = slash < 0 ? rest : rest[..slash];
        int hostLength = authority.StartsWith('[') ? authority.IndexOf(']') + 1 : authority.IndexOf(':');
        ReadOnlySpan<char> host = hostLength < 0 ? authority : authority[..hostLength];
        return IsHost(host) && IsPort(authority[host.Length..], scheme) && (slash < 0 || IsPath(rest[slash..]));
    }

    /// <summary>
    /// The text that names the same place, if the parser of .NET sees nothing in it but scheme, host, port and path. It still has to pass
    /// <see cref="IsCanonical"/>.
    /// </summary>
    internal static string? TextOf(Uri url)
    {
        if (!url.IsAbsoluteUri || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0 || HostOf(url) is not { } host)
            return null;
        string port = url.IsDefaultPort ? "" : $":{url.Port}";
        return $"{url.Scheme}://{host}{port}{url.AbsolutePath.TrimEnd('/')}";
    }

    private static string? HostOf(Uri url)
    {
        if (url.HostNameType != UriHostNameType.IPv6)
            return url.Host;
        return IPAddress.TryParse(url.DnsSafeHost, out IPAddress? address) && address.ScopeId == 0 ? $"[{TextOf(address)}]" : null;
    }

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        if (host.StartsWith('['))
            return IsIPv6(host[1..^1].ToString());
        if (host.Length > MaxHostLength)
            return false;
        string[] labels = host.ToString().Split('.');
        return labels.All(IsLabel) && (!IsNumber(labels[^1]) || IsIPv4(labels));
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    /// <summary>Whether parsers take a host that ends with this label for an IPv4 address (WHATWG URL, "ends in a number").</summary>
    private static bool IsNumber(string label) =>
        label.All(char.IsAsciiDigit) || (label.StartsWith("0x") && label.Skip(2).All(char.IsAsciiHexDigit));

    private static bool IsIPv4(string[] labels) =>
        labels.Length == 4 && labels.All(label => byte.TryParse(label, out byte octet) && octet.ToString() == label);

    /// <summary>RFC 5952; an IPv4 address in IPv6's clothes is refused, since that has two forms.</summary>
    private static bool IsIPv6(string text) =>
        text.All(c => char.IsAsciiHexDigitLower(c) || c == ':')
        && IPAddress.TryParse(text, out IPAddress? address)
        && address.AddressFamily == AddressFamily.InterNetworkV6
        && !address.IsIPv4MappedToIPv6
        && text == TextOf(address);

    /// <summary>RFC 5952 section 4 in hexadecimal throughout (.NET writes some ranges with a dotted quad): the first longest run of zero groups becomes "::".</summary>
    private static string TextOf(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        int[] groups = [.. Enumerable.Range(0, Groups).Select(i => bytes[2 * i] << 8 | bytes[2 * i + 1])];
        (int start, int length) = LongestZeros(groups);
        string head = string.Join(':', groups[..(length < 2 ? Groups : start)].Select(group => $"{group:x}"));
        return length < 2 ? head : $"{head}::{string.Join(':', groups[(start + length)..].Select(group => $"{group:x}"))}";
    }

    private static (int Start, int Length) LongestZeros(int[] groups)
    {
        (int Start, int Length) longest = (0, 0);
        for (int start = 0; start < Groups; start++)
        {
            int length = groups.Skip(start).TakeWhile(group => group == 0).Count();
            if (length > longest.Length)
                longest = (start, length);
        }
        return longest;
    }

    private static bool IsPort(ReadOnlySpan<char> text, string scheme)
    {
        if (text.IsEmpty)
            return true;
        string digits = text[1..].ToString();
        return text[0] == ':' && ushort.TryParse(digits, out ushort port) && port.ToString() == digits
            && port != 0 && port != (scheme == "http" ? 80 : 443);
    }

    private static bool IsPath(ReadOnlySpan<char> path) =>
        path[1..].ToString().Split('/').All(segment =>
            segment is not ("" or "." or "..") && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~'));
}

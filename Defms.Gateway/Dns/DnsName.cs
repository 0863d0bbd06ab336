using System.Globalization;
using System.Net;
using System.Text;

namespace Defms.Gateway.Dns;

/// <summary>Names of the DNS as text and on the wire (RFC 1035, 2.3.4 and 3.1).</summary>
internal static class DnsName
{
    /// <summary>Octets of a label.</summary>
    public const int MaxLabel = 63;

    /// <summary>Octets of a name on the wire, lengths and the root included.</summary>
    public const int MaxWire = 255;

    /// <summary>
    /// Lower case, without the dot at the end. False for what cannot be asked: an empty label, a label or name that is too long, characters
    /// beyond ASCII. Any other ASCII character may stand in a label, SPF macros produce them; a backslash does not escape.
    /// </summary>
    public static bool TryCanonical(string name, out string canonical)
    {
        canonical = name.EndsWith('.') ? name[..^1] : name;
        if (canonical.Length is 0 or > MaxWire - 2 || !Ascii.IsValid(canonical))
            return false;
        int start = 0;
        for (int i = 0; i <= canonical.Length; i++)
        {
            if (i < canonical.Length && canonical[i] != '.')
                continue;
            if (i - start is 0 or > MaxLabel)
                return false;
            start = i + 1;
        }

        canonical = canonical.ToLowerInvariant();
        return true;
    }

    /// <summary>Appends a canonical name in wire form.</summary>
    public static void Write(List<byte> wire, string canonical)
    {
        foreach (string label in canonical.Split('.'))
        {
            wire.Add((byte)label.Length);
            wire.AddRange(Encoding.ASCII.GetBytes(label));
        }

        wire.Add(0);
    }

    /// <summary>Appends a label's octets as text; those that could be misread as another name are escaped (RFC 1035, 5.1).</summary>
    public static void AppendLabel(StringBuilder name, ReadOnlySpan<byte> label)
    {
        foreach (byte octet in label)
        {
            if (octet is > (byte)' ' and < 0x7F and not ((byte)'.' or (byte)'\\'))
                name.Append((char)octet);
            else
                name.Append('\\').Append(octet.ToString("D3", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The name under which PTR records of an address stand (RFC 1035, 3.5; RFC 3596, 2.5). A mapped address counts as IPv4.</summary>
    public static string Reverse(IPAddress address)
    {
        byte[] octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var name = new StringBuilder(73);
        for (int i = octets.Length - 1; i >= 0; i--)
        {
            if (octets.Length == 4)
                name.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            else
                name.Append(CultureInfo.InvariantCulture, $"{octets[i] & 15:x}.{octets[i] >> 4:x}.");
        }

        return name.Append(octets.Length == 4 ? "in-addr.arpa" : "ip6.arpa").ToString();
    }
}

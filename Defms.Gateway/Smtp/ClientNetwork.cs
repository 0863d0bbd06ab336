using System.Net;
using System.Net.Sockets;

namespace Defms.Gateway.Smtp;

/// <summary>What counts as one client, for what is counted over connections.</summary>
internal static class ClientNetwork
{
    /// <summary>What one subscriber is given in IPv6 at least, in octets.</summary>
    private const int Ipv6Prefix = 8;

    /// <summary>An IPv4 address, or the /64 of an IPv6 address.</summary>
    public static string Of(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily != AddressFamily.InterNetworkV6)
            return plain.ToString();
        byte[] octets = plain.GetAddressBytes();
        octets.AsSpan(Ipv6Prefix).Clear();
        return new IPAddress(octets).ToString();
    }
}

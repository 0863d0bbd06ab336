using System.Net;
using System.Net.Sockets;

namespace Defms.Gateway.Smtp;

/// <summary>Counts open connections, in all and by where they come from. Safe for use by several threads.</summary>
internal sealed class ConnectionCount(SmtpLimits limits)
{
    /// <summary>What one subscriber is given in IPv6 at least, in octets.</summary>
    private const int Ipv6Prefix = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> byNetwork = [];
    private int all;

    public int All => Volatile.Read(ref all);

    /// <summary>An IPv4 address, or the /64 of an IPv6 address.</summary>
    public static string NetworkOf(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (plain.AddressFamily != AddressFamily.InterNetworkV6)
            return plain.ToString();
        byte[] octets = plain.GetAddressBytes();
        octets.AsSpan(Ipv6Prefix).Clear();
        return new IPAddress(octets).ToString();
    }

    public bool TryEnter(string network)
    {
        lock (gate)
        {
            int count = byNetwork.GetValueOrDefault(network);
            if (all >= limits.Connections || count >= limits.ConnectionsPerAddress)
                return false;
            byNetwork[network] = count + 1;
            all++;
            return true;
        }
    }

    public void Leave(string network)
    {
        lock (gate)
        {
            all--;
            if (--byNetwork[network] == 0)
                byNetwork.Remove(network);
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Defms.Core.Replication;

/// <summary>
/// How much strangers may leave here, unopened. Small, because nobody asked for it; enough for a first letter with a picture.
/// </summary>
public static class QuarantineBudget
{
    /// <summary>Bytes of one stranger.</summary>
    public const long PerSender = 1024 * 1024;

    /// <summary>Bytes from one network, so that making keys does not multiply the room.</summary>
    public const long PerNetwork = 4 * 1024 * 1024;

    /// <summary>Bytes of all strangers together.</summary>
    public const long Total = 64 * 1024 * 1024;

    /// <summary>The group an address belongs to: /24 for IPv4, /48 for IPv6, which is what one customer usually holds.</summary>
    public static string NetworkOf(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        byte[] bytes = plain.GetAddressBytes();
        int prefix = plain.AddressFamily == AddressFamily.InterNetwork ? 3 : 6;
        bytes.AsSpan(prefix).Clear();
        return $"{new IPAddress(bytes)}/{prefix * 8}";
    }

    /// <summary>How many bytes a stranger from a network may still leave.</summary>
    internal static long Left(IQuarantineTable table, Identities.Did sender, string network) =>
        Math.Max(0, Math.Min(PerSender - table.BytesOf(sender), Math.Min(PerNetwork - table.BytesFrom(network), Total - table.Bytes())));
}

using System.Net;

namespace Defms.Core.Network;

/// <summary>Where somebody else's IPFS node may be, by the multiaddress on his card (multiformats multiaddr).</summary>
public static class NodeAddress
{
    /// <summary>
    /// Whether our own node may be told to connect there: an address of the public internet, or the very host of an endpoint that the person entered by
    /// hand. Names are not taken otherwise, since they lead wherever their owner likes; relays and other ways neither.
    /// </summary>
    public static bool MayDial(string multiaddress, IReadOnlyList<string> enteredEndpoints)
    {
        string[] parts = multiaddress.Split('/');
        if (parts is not ["", "ip4" or "ip6" or "dns" or "dns4" or "dns6", { Length: > 0 } host, "tcp" or "udp", ..]
            || !parts.Contains("p2p") || parts.Contains("p2p-circuit"))
            return false;
        bool isEntered = enteredEndpoints.Any(url => Uri.TryCreate(url, UriKind.Absolute, out Uri? entered)
            && string.Equals(entered.Host.Trim('[', ']'), host, StringComparison.OrdinalIgnoreCase));
        return isEntered || (IPAddress.TryParse(host, out IPAddress? address) && PublicAddresses.Contains(address));
    }
}

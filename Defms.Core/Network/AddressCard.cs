using System.Security.Cryptography;
using System.Text;
using Defms.Core.Codecs;
using Defms.Core.Mime;

namespace Defms.Core.Network;

/// <summary>
/// Where a domain shows the card of one of its addresses (docs/formats/requests.md, "Cards of addresses"). A digest stands in the path, so that
/// it fits any web server and logs name nobody.
/// </summary>
public static class AddressCard
{
    /// <summary>The last part of the path for an address.</summary>
    /// <param name="canonical">As <see cref="MailAddress.Canonical"/> gives it.</param>
    public static string NameOf(string canonical) => Multibase.Base32(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));

    /// <summary>Always https: the domain's certificate is what vouches for the answer.</summary>
    public static Uri UrlOf(MailAddress address) => new($"https://{address.AsciiDomain}{PeerProtocol.AddressCardPath}{NameOf(address.Canonical)}");
}

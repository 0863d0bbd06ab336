using System.Net;
using System.Net.Sockets;

namespace Defms.Gateway.Dns;

/// <summary>
/// The questions that mail asks the DNS. Names are absolute, with or without a dot at the end, in ASCII (IDN as A-labels), letter case does
/// not count; no search list applies. A name that the DNS cannot hold is answered with <see cref="DnsOutcome.NoSuchName"/>. Every failure
/// is an answer; the only exception is <see cref="OperationCanceledException"/> when the caller's token says so. Safe for several threads.
/// </summary>
public interface IResolver
{
    /// <summary>TXT records, the strings of each joined (RFC 7208, 3.3), one character an octet (U+0000 to U+00FF).</summary>
    Task<DnsAnswer<string>> TxtAsync(string name, CancellationToken cancellation);

    /// <summary>A records for <see cref="AddressFamily.InterNetwork"/>, AAAA records for <see cref="AddressFamily.InterNetworkV6"/>.</summary>
    Task<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation);

    /// <summary>MX records, smallest preference first, those of equal preference in the order of the answer.</summary>
    Task<DnsAnswer<MailExchange>> MxAsync(string name, CancellationToken cancellation);

    /// <summary>The names that in-addr.arpa or ip6.arpa gives for an address. A claim of whoever holds the address: verify it forward.</summary>
    Task<DnsAnswer<string>> PtrAsync(IPAddress address, CancellationToken cancellation);
}

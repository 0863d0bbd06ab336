using System.Net;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Where a request came from.</summary>
/// <param name="Network">The group of addresses that limits count by.</param>
/// <param name="IsNear">Whether the address is this machine's or a private network's.</param>
internal readonly record struct Caller(string Network, bool IsNear);

/// <summary>Tells callers apart by address; behind a proxy by the address that the proxy saw.</summary>
internal sealed class Callers(bool isBehindProxy)
{
    private const string ForwardedFor = "X-Forwarded-For";

    public Caller Find(HttpContext context)
    {
        IPAddress address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (IsProxy(address) && Forwarded(context.Request) is { } seen)
            address = seen;
        return new Caller(QuarantineBudget.NetworkOf(address), !PublicAddresses.Contains(address));
    }

    /// <summary>Whether connections from here carry requests of many callers.</summary>
    public bool IsProxy(IPAddress address) => isBehindProxy && !PublicAddresses.Contains(address);

    /// <summary>The last address of the list is the one that our proxy wrote; those before it are anybody's word.</summary>
    private static IPAddress? Forwarded(HttpRequest request)
    {
        string last = request.Headers[ForwardedFor].ToString().Split(',')[^1].Trim();
        return IPEndPoint.TryParse(last, out IPEndPoint? seen) ? seen.Address : null;
    }
}

using Defms.Core.Replication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Defms.Serving;

/// <summary>What a connection may cost before anybody knows who is calling.</summary>
internal static class ServerLimits
{
    /// <summary>A connection that waits costs some 20 KB; so many stay well within a small machine. <see cref="Seats"/> says who gets them.</summary>
    public const int MaxConnections = 512;

    /// <summary>With those that are being turned away, and those of proxies, which are not counted with the others.</summary>
    private const int MaxOpen = 4 * MaxConnections;

    /// <summary>Of one network, as <see cref="QuarantineBudget.NetworkOf"/> groups addresses.</summary>
    public const int MaxConnectionsPerNetwork = 64;

    /// <summary>The largest body of all, an announcement's; the CAR reader keeps the exact account.</summary>
    public static readonly long MaxBody = Reception.Budget.Bytes + 64 * 1024;

    /// <summary>
    /// What a connection has sent and nobody has read yet, and what was answered and it has not read: somebody who only sends, request upon request, would
    /// fill that for every connection he has.
    /// </summary>
    private const int MaxBuffer = 128 * 1024;

    /// <summary>Slow lines are welcome, connections that only stay open are not.</summary>
    private const double MinBytesPerSecond = 1024;

    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = MaxOpen;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = MaxBody;
        limits.MaxRequestBufferSize = MaxBuffer;
        limits.MaxResponseBufferSize = MaxBuffer / 2;
        limits.MaxRequestLineSize = 2 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
        limits.MinRequestBodyDataRate = new MinDataRate(MinBytesPerSecond, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new MinDataRate(MinBytesPerSecond, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = 32;
        limits.Http2.InitialConnectionWindowSize = 2 * MaxBuffer;
        limits.Http2.InitialStreamWindowSize = MaxBuffer;
    }

    public static void Apply(SocketTransportOptions sockets)
    {
        sockets.MaxReadBufferSize = MaxBuffer;
        sockets.MaxWriteBufferSize = MaxBuffer / 2;
    }
}

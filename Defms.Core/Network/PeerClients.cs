using System.Net;

namespace Defms.Core.Network;

/// <summary>
/// The HTTP client of the public internet and the one for endpoints that the person entered by hand. Neither follows redirects, keeps
/// cookies, asks a proxy, or unpacks what it gets.
/// </summary>
internal sealed class PeerClients : IDisposable
{
    private const int MaxConnectionsPerPeer = 16;

    /// <summary>Below what servers keep idle connections for, so that no request meets a closing one.</summary>
    private static readonly TimeSpan KeepIdle = TimeSpan.FromSeconds(60);

    /// <summary>A name that moved is looked up again.</summary>
    private static readonly TimeSpan KeepAtAll = TimeSpan.FromMinutes(10);

    private readonly HttpClient anywhere;
    private readonly HttpClient publicOnly;

    public PeerClients(HttpPeerLimits limits, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        resolve ??= Dns.GetHostAddressesAsync;
        anywhere = Open(limits, new Dialing(resolve, mayBePrivate: true));
        publicOnly = Open(limits, new Dialing(resolve, mayBePrivate: false));
    }

    public HttpClient For(bool mayBePrivate) => mayBePrivate ? anywhere : publicOnly;

    public void Dispose()
    {
        anywhere.Dispose();
        publicOnly.Dispose();
    }

    private static HttpClient Open(HttpPeerLimits limits, Dialing dialing)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = limits.Connect,
            ConnectCallback = dialing.ConnectAsync,
            MaxConnectionsPerServer = MaxConnectionsPerPeer,
            MaxResponseHeadersLength = 16,
            PooledConnectionIdleTimeout = KeepIdle,
            PooledConnectionLifetime = KeepAtAll,
        };
        // Over TLS the two sides agree on HTTP/2 where both speak it; in clear it is HTTP/1.1.
        return new HttpClient(handler, disposeHandler: true)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
    }
}

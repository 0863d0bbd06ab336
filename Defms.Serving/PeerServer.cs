using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Defms.Serving.Peers;
using Defms.Serving.Peers.Ipfs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Defms.Serving;

/// <summary>The server that peers reach: Kestrel with limits against strangers, and one path for all requests.</summary>
public sealed class PeerServer : IAsyncDisposable
{
    /// <summary>Requests under way may end within this time when the server stops.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(10);

    private readonly WebApplication app;
    private readonly ServerParts parts;

    private PeerServer(WebApplication app, ServerParts parts)
    {
        this.app = app;
        this.parts = parts;
        Addresses = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];
    }

    /// <summary>Where it listens, with the ports that were taken.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <exception cref="ServerException">It cannot listen there, or not with this certificate.</exception>
    public static async Task<PeerServer> StartAsync(
        ServerOptions options, IStore<IReplicationTables> store, Identity self, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancel)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "defms" });
        builder.Services.Replace(ServiceDescriptor.Singleton(logs));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain);
        builder.Services.Configure<SocketTransportOptions>(ServerLimits.Apply);
        var callers = new Callers(options.IsBehindProxy);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options, new ConnectionGate(callers)));
        WebApplication app = builder.Build();
        var parts = new ServerParts();
        app.Run(CreateDispatcher(new Reception(store, self, time, options.Submissions), store, self, time, callers, logs, parts, options).AnswerAsync);
        return await StartAsync(app, parts, options, cancel);
    }

    /// <summary>Takes no new requests, lets those under way end, and long polls at once.</summary>
    public async Task StopAsync()
    {
        await parts.Stopping.CancelAsync();
        await app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await app.DisposeAsync();
        parts.Dispose();
    }

    private static async Task<PeerServer> StartAsync(WebApplication app, ServerParts parts, ServerOptions options, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
            return new PeerServer(app, parts);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or UnauthorizedAccessException)
        {
            await app.DisposeAsync();
            parts.Dispose();
            throw new ServerException($"--listen {string.Join(", ", options.Listen)}: {e.Message}");
        }
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options, ConnectionGate gate)
    {
        kestrel.AddServerHeader = false;
        ServerLimits.Apply(kestrel.Limits);
        foreach (ListenAddress address in options.Listen)
            kestrel.Listen(address.Address, address.Port, listen => Configure(listen, address.IsSecure ? options.Certificate : null, gate));
    }

    private static void Configure(ListenOptions listen, ServerCertificate? certificate, ConnectionGate gate)
    {
        listen.Use(gate.Guard);
        // In clear nothing says beforehand which version is spoken, and only browsers and proxies would ask.
        listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        if (certificate is { } shown)
            listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = shown.Leaf, ServerCertificateChain = shown.Chain });
    }

    private static Dispatcher CreateDispatcher(
        Reception reception, IStore<IReplicationTables> store, Identity self, TimeProvider time, Callers callers, ILoggerFactory logs,
        ServerParts parts, ServerOptions options)
    {
        ILogger log = logs.CreateLogger("peers");
        var tally = new RequestTally();
        var outbox = new Outbox(store, self, time, Core.RandomSource.System);
        var asking = new SignedBody(new RequestGate(self.Did, time), time);
        var holding = new Holding(store, self, time);
        IPeerRequest[] requests =
        [
            new AnnouncementsRequest(reception, holding, parts.Slots, tally, log),
            new ReceiptsRequest(new ReceiptDesk(store, self, outbox), holding),
            new SyncRequests(new SyncDesk(store, self, time, outbox), asking, parts.Stopping.Token),
            new BlocksRequest(new BlockDesk(store, self), asking, new Turns()),
            new HostingRequests(new HostingDesk(store, time), asking),
            new CardRequest(store),
            new ShowCardRequest(new CardDesk(store, self, time), asking),
            new PairingFetch(new PairingDesk(store, time)),
            new IpfsRequest(new ServedBlocks(store)),
            new HealthRequest(store),
            new MetricsRequest(store, tally, options.MoreMetrics),
            .. options.PublishedCard is { } find ? [new AddressCardRequest(find)] : Array.Empty<IPeerRequest>(),
        ];
        return new Dispatcher(requests, callers, parts.Limits, tally, log);
    }

    /// <summary>What lives as long as the server.</summary>
    private sealed class ServerParts : IDisposable
    {
        public CancellationTokenSource Stopping { get; } = new();

        public IntakeSlots Slots { get; } = new();

        public RequestLimits Limits { get; } = new();

        public void Dispose()
        {
            Stopping.Dispose();
            Slots.Dispose();
            Limits.Dispose();
        }
    }

    /// <summary>Signals are the program's business, not the server's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using System.Net;
using System.Net.Sockets;
using Defms.Gateway.Smtp;
using Defms.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway;

/// <summary>The Kestrel that the SMTP server lives in. Ports of its own: it stops before the server of peers does.</summary>
internal sealed class SmtpHost : IAsyncDisposable
{
    /// <summary>Mails under way may end within this time when the server stops; what is cut then comes again.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);

    private readonly WebApplication app;

    private SmtpHost(WebApplication app) => this.app = app;

    /// <param name="server">With at least one listener; stays the caller's.</param>
    /// <exception cref="ServerException">It cannot listen there.</exception>
    public static async Task<SmtpHost> StartAsync(SmtpServer server, ILoggerFactory logs, CancellationToken cancel)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "defms-gateway" });
        builder.Services.Replace(ServiceDescriptor.Singleton(logs));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain);
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            sockets.MaxReadBufferSize = SmtpServer.MaxReadBuffer;
            sockets.CreateBoundListenSocket = place => Bind(place, server);
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server.Listen);
        WebApplication app = builder.Build();
        try
        {
            await app.StartAsync(cancel);
            return new SmtpHost(app);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            await app.DisposeAsync();
            throw new ServerException($"smtp.exchange: {e.Message}");
        }
    }

    /// <summary>[::] takes IPv4 too, unless 0.0.0.0 is listed beside it: together they would be in each other's way.</summary>
    private static Socket Bind(EndPoint place, SmtpServer server)
    {
        bool isBesideIPv4 = place is IPEndPoint { Port: > 0 } six && six.Address.Equals(IPAddress.IPv6Any) && server.Addresses.Contains(new IPEndPoint(IPAddress.Any, six.Port));
        if (!isBesideIPv4)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(place);
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
        socket.Bind(place);
        return socket;
    }

    /// <summary>Takes no new sessions, and lets those under way end within the time for it.</summary>
    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>Signals are the program's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using System.Net;
using Defms.Core;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Wire;
using Defms.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>A server in a Kestrel of its own on free loopback ports, with a certificate made for it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly DirectoryInfo folder;

    private RunningServer(WebApplication app, DirectoryInfo folder, SmtpServer server, TestDesk desk)
    {
        this.app = app;
        this.folder = folder;
        Server = server;
        Desk = desk;
    }

    public SmtpServer Server { get; }

    public TestDesk Desk { get; }

    public int ExchangePort => Server.Addresses[0].Port;

    public int SubmissionPort => Server.Addresses[1].Port;

    public int SecurePort => Server.Addresses[2].Port;

    public static async Task<RunningServer> StartAsync(SmtpLimits? limits = null, bool offersBinding = false)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("defms-smtp-");
        var anywhere = new IPEndPoint(IPAddress.Loopback, 0);
        var options = new SmtpOptions
        {
            HostName = "mx.example.org",
            Listeners = [.. Enum.GetValues<SmtpPort>().Select(port => new SmtpListener(anywhere, port))],
            Limits = limits ?? new SmtpLimits(),
            OffersChannelBinding = offersBinding,
        };
        var desk = new TestDesk();
        ServerCertificate certificate = MadeCertificate.LoadOrMake(folder.FullName, options.HostName, TimeProvider.System);
        var server = new SmtpServer(
            options, desk, new TestCredentials(), certificate, TimeProvider.System, RandomSource.System, NullLogger<SmtpServer>.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server.Listen);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        WebApplication app = builder.Build();
        await app.StartAsync();
        return new RunningServer(app, folder, server, desk);
    }

    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Server.Dispose();
        folder.Delete(recursive: true);
    }
}

using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Defms.Daemon.Tests.Fixtures;
using Defms.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Daemon.Tests;

public sealed class SecureTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-cert-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("both.pem", null)]
    [InlineData("cert.pem", "key.pem")]
    [InlineData("both.pfx", null)]
    public async Task With_a_certificate_of_its_own_it_speaks_http_2(string certificate, string? key)
    {
        using X509Certificate2 issued = Issue();
        await using Person bob = await Person.ReachableAsync("Bob");
        var options = new DaemonOptions
        {
            Listen = [new ListenAddress(IPAddress.Loopback, 0, IsSecure: true)],
            Certificate = Path.Combine(folder, certificate),
            CertificateKey = key is null ? null : Path.Combine(folder, key),
        };
        await using PeerServer server = await PeerServer.StartAsync(options.Server, bob.Store, bob.Identity, bob.Time, NullLoggerFactory.Instance, CancellationToken.None);
        string? shown = null;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, given, _, _) => (shown = given!.GetCertHashString()) is not null },
        })
        { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using HttpResponseMessage response = await http.GetAsync($"{server.Addresses[0]}/health");
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
        Assert.Equal(issued.GetCertHashString(), shown);
    }

    [Theory]
    [InlineData("missing.pem", "Could not find file")]
    [InlineData("cert.pem", "key")]
    [InlineData("garbage.pfx", "")]
    public void A_certificate_that_cannot_be_used_names_the_file(string file, string reason)
    {
        using X509Certificate2 issued = Issue();
        File.WriteAllText(Path.Combine(folder, "garbage.pfx"), "no certificate");
        var fault = Assert.Throws<ServerException>(() => ServerCertificate.Load(Path.Combine(folder, file), null));
        Assert.Contains(Path.Combine(folder, file), fault.Message);
        Assert.Contains(reason, fault.Message);
    }

    private X509Certificate2 Issue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string cert = certificate.ExportCertificatePem(), secret = key.ExportPkcs8PrivateKeyPem();
        File.WriteAllText(Path.Combine(folder, "cert.pem"), cert);
        File.WriteAllText(Path.Combine(folder, "key.pem"), secret);
        File.WriteAllText(Path.Combine(folder, "both.pem"), $"{cert}\n{secret}\n");
        File.WriteAllBytes(Path.Combine(folder, "both.pfx"), certificate.Export(X509ContentType.Pkcs12));
        return certificate;
    }
}

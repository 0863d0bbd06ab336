using System.Security.Authentication;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Wire;
using Defms.Gateway.Tests.Smtp.Fixtures;
using Defms.Serving;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>The server at real sockets, with real TLS.</summary>
public sealed class ServerTests
{
    private const string Mail = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";

    [Fact]
    public async Task A_mail_comes_in_clear_and_encrypted()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using TestClient client = await TestClient.ConnectAsync(server.ExchangePort);
        Assert.StartsWith("220 mx.example.org", await client.HearAsync());
        await SendMailAsync(client);
        Assert.StartsWith("220 2.0.0", await client.SayAsync("STARTTLS"));
        await client.EncryptAsync();
        await SendMailAsync(client);
        Assert.StartsWith("221", await client.SayAsync("QUIT"));
        Assert.Equal("", await client.HearAsync());
        Assert.Equal([false, true], server.Desk.Mails.Select(mail => mail.Mail.Client.Tls is not null));
        TlsFacts facts = server.Desk.Mails[1].Mail.Client.Tls!;
        Assert.Equal("mx.example.org", facts.ServerName);
        Assert.InRange(facts.Protocol, SslProtocols.Tls12, SslProtocols.Tls13);
    }

    [Fact]
    public async Task The_secure_port_is_encrypted_from_the_first_octet()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using TestClient client = await TestClient.ConnectAsync(server.SecurePort);
        await client.EncryptAsync();
        Assert.StartsWith("220", await client.HearAsync());
        Assert.StartsWith("250", await client.SayAsync("EHLO client.example"));
        Assert.StartsWith("235", await client.SayAsync("AUTH PLAIN AHVzZXIAcGVuY2ls"));
        await SendMailAsync(client);
        Assert.Equal("user", Assert.Single(server.Desk.Mails).Mail.Client.Account);
    }

    [Fact]
    public async Task What_is_no_handshake_ends_the_connection_without_a_word()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using TestClient client = await TestClient.ConnectAsync(server.SecurePort);
        await client.SendAsync("EHLO client.example\r\nMAIL FROM:<a@b>\r\n");
        Assert.DoesNotContain("250", await HearOrNothingAsync(client));
        Assert.Empty(server.Desk.Mails);
    }

    /// <summary>RFC 3207, section 6, on the wire: what came in clear in the same packet as STARTTLS must not be obeyed later.</summary>
    [Fact]
    public async Task Commands_injected_before_the_handshake_are_dropped()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using TestClient client = await TestClient.ConnectAsync(server.ExchangePort);
        await client.HearAsync();
        Assert.StartsWith("250", await client.SayAsync("EHLO client.example"));
        Assert.StartsWith("220", await client.SayAsync("STARTTLS\r\nEHLO evil.example\r\n" + Mail + "x\r\n."));
        await client.EncryptAsync();
        Assert.StartsWith("503 5.5.1 Say EHLO", await client.SayAsync("MAIL FROM:<a@b>"));
        Assert.StartsWith("250 2.0.0", await client.SayAsync("NOOP"));
        Assert.Empty(server.Desk.Mails);
    }

    [Fact]
    public async Task Too_many_connections_of_one_address_are_turned_away_until_one_has_gone()
    {
        await using RunningServer server = await RunningServer.StartAsync(new SmtpLimits { ConnectionsPerAddress = 2 });
        await using TestClient first = await TestClient.ConnectAsync(server.ExchangePort);
        Assert.StartsWith("220", await first.HearAsync());
        await using (TestClient second = await TestClient.ConnectAsync(server.ExchangePort))
        {
            Assert.StartsWith("220", await second.HearAsync());
            await using TestClient third = await TestClient.ConnectAsync(server.ExchangePort);
            Assert.StartsWith("421 4.7.0", await third.HearAsync());
            Assert.StartsWith("221", await second.SayAsync("QUIT"));
            Assert.Equal("", await second.HearAsync());
        }
        await WaitAsync(() => server.Server.Sessions == 1);
        await using TestClient fourth = await TestClient.ConnectAsync(server.ExchangePort);
        Assert.StartsWith("220", await fourth.HearAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_mail_leaves_nothing_behind()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using (TestClient client = await TestClient.ConnectAsync(server.ExchangePort))
        {
            await client.HearAsync();
            await client.SayAsync("EHLO x");
            await client.SendAsync(Mail + new string('x', 100_000));
            await WaitAsync(() => server.Server.OctetsHeld >= 100_000);
        }
        await WaitAsync(() => server.Server.Sessions == 0);
        Assert.Equal(0, server.Server.OctetsHeld);
        Assert.Empty(server.Desk.Mails);
    }

    [Fact]
    public async Task Stopping_tells_those_who_wait_and_lets_a_mail_end()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using TestClient idle = await TestClient.ConnectAsync(server.ExchangePort);
        await idle.HearAsync();
        await using TestClient busy = await TestClient.ConnectAsync(server.ExchangePort);
        await busy.HearAsync();
        await busy.SayAsync("EHLO x");
        await busy.SayAsync("MAIL FROM:<a@b>");
        await busy.SayAsync("RCPT TO:<c@d>");
        Assert.StartsWith("354", await busy.SayAsync("DATA"));
        Task stopped = server.StopAsync();
        Assert.StartsWith("421 4.3.2", await idle.HearAsync());
        Assert.StartsWith("250 2.0.0", await busy.SayAsync("x\r\n."));
        Assert.StartsWith("421 4.3.2", await busy.HearAsync());
        await stopped;
        Assert.Single(server.Desk.Mails);
    }

    [Fact]
    public async Task Stopping_is_also_told_to_those_who_wait_encrypted()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using TestClient client = await TestClient.ConnectAsync(server.SecurePort);
        await client.EncryptAsync();
        await client.HearAsync();
        Assert.StartsWith("250", await client.SayAsync("EHLO client.example"));
        Task stopped = server.StopAsync();
        Assert.StartsWith("421 4.3.2", await client.HearAsync());
        Assert.Equal("", await client.HearAsync());
        await stopped;
    }

    [Fact]
    public void A_made_certificate_is_made_once_and_its_file_is_the_owners_alone()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("defms-smtp-");
        try
        {
            ServerCertificate made = MadeCertificate.LoadOrMake(folder.FullName, "mx.example.org", TimeProvider.System);
            ServerCertificate kept = MadeCertificate.LoadOrMake(folder.FullName, "mx.example.org", TimeProvider.System);
            Assert.Equal(made.Leaf.Thumbprint, kept.Leaf.Thumbprint);
            Assert.True(made.Leaf.MatchesHostname("mx.example.org"));
            Assert.True(made.Leaf.HasPrivateKey);
            FileInfo file = Assert.Single(folder.GetFiles());
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task SendMailAsync(TestClient client)
    {
        Assert.StartsWith("250", await client.SayAsync("EHLO client.example"));
        await client.SendAsync(Mail);
        Assert.StartsWith("250 2.1.0", await client.HearAsync());
        Assert.StartsWith("250 2.1.5", await client.HearAsync());
        Assert.StartsWith("354", await client.HearAsync());
        Assert.StartsWith("250 2.0.0", await client.SayAsync("Subject: x\r\n\r\nHello\r\n."));
    }

    private static async Task<string> HearOrNothingAsync(TestClient client)
    {
        try
        {
            return await client.HearAsync();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task WaitAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
    }
}

using System.Net.Sockets;
using System.Text;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;

namespace Defms.Abuse.Tests.Attacks;

/// <summary>A real gateway with 256 MiB, one person's address at it, and accounts of hers at servers that are hostile.</summary>
public sealed class BesiegedGateway : IAsyncLifetime
{
    private readonly HostileImapServer imap = new();
    private Person alice = null!;
    private GatewayProgram gateway = null!;

    public int Id => gateway.Id;

    public int Port => gateway.SmtpPort;

    public int ImapConnections => imap.Connections;

    public async ValueTask InitializeAsync()
    {
        Scale.LimitPrograms();
        alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        string password = alice.File("password");
        await File.WriteAllTextAsync(password, "secret\n");
        gateway = await GatewayProgram.MakeAsync(string.Concat(Enumerable.Range(0, HostileImapServer.Ways).Select(way => $"""

            [imap hostile{way}]
            account = alice@a.example
            host = 127.0.0.1
            port = {imap.Ports[way]}
            security = insecure
            user = alice
            password-file = {password}

            """)));
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, alice.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await imap.DisposeAsync();
        alice.Dispose();
    }

    /// <summary>A whole session with a mail, as another server brings it.</summary>
    public async Task BringAsync()
    {
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort);
        Assert.Equal("250 2.0.0 Taken", await talk.SendAsync("carol@old.example", alice.Address, "From: carol@old.example\r\nSubject: honest\r\n\r\nHello\r\n"u8.ToArray()));
    }
}

/// <summary>The real gateway under attack by SMTP, MIME and the servers it fetches from, while an honest server brings mail.</summary>
[Collection(nameof(AloneCollection))]
public sealed class GatewayTests(BesiegedGateway gateway) : IClassFixture<BesiegedGateway>
{
    private const string Begin = "EHLO x\r\nMAIL FROM:<m@m.example>\r\nRCPT TO:<alice@a.example>\r\nDATA\r\n";

    public static TheoryData<string> Names => [.. Attacks.Keys];

    private static Dictionary<string, (int Attackers, Func<NetworkStream, CancellationToken, Task> Attack)> Attacks { get; } = new()
    {
        ["half-open connections"] = (Scale.Connections, Manners.SilentAsync),
        ["slow commands"] = (Scale.Connections, Manners.Slow("EHLO ", "x")),
        ["slow mails"] = (Scale.Connections, Manners.Slow(Begin, "Subject: x\r\n")),
        ["pipelined commands whose answers nobody reads"] = (Scale.Senders, Manners.Deaf("EHLO x\r\n", "NOOP\r\n")),
        ["a line without end"] = (Scale.Senders, Manners.Deaf("EHLO x\r\n", new string('x', 1000))),
        ["mails without end"] = (Scale.Senders, Manners.Deaf(Begin, new string('x', 70) + "\r\n")),
        ["mails cut in the middle"] = (Scale.Senders, Manners.Blunt(Encoding.Latin1.GetBytes(Begin + string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 10_000))), reads: false)),
        ["a mail ten thousand parts deep"] = (Scale.Senders, Manners.Blunt(Mail(Deep()), reads: true)),
        ["a mail of a hundred thousand parts"] = (Scale.Senders, Manners.Blunt(Mail("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 100_000))), reads: true)),
        ["a mail of a hundred thousand fields"] = (Scale.Senders, Manners.Blunt(Mail(string.Concat(Enumerable.Repeat("To: \"x\" <y@z>, =?utf-8?q?=C3?=\r\n", 100_000)) + "\r\n"), reads: true)),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Mail_is_taken_and_memory_bounded_under(string attack)
    {
        (int attackers, Func<NetworkStream, CancellationToken, Task> one) = Attacks[attack];
        await new Siege($"gateway, {attack}", gateway.Id, gateway.Port, gateway.BringAsync).RunAsync(attackers, one);
        Assert.True(gateway.ImapConnections > 0, "The gateway asked no hostile IMAP server.");
    }

    private static byte[] Mail(string text) => Encoding.Latin1.GetBytes($"{Begin}From: m@m.example\r\n{text}\r\n.\r\nQUIT\r\n");

    private static string Deep()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 10_000; i++)
            text.Append($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        return text.ToString();
    }
}

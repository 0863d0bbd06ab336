using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>Swaks, a client that was written to test servers, against ours.</summary>
public sealed class SwaksTests
{
    [Fact]
    public async Task Swaks_sends_in_clear_and_with_pipelining()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (int code, string output) = await RunAsync(server.ExchangePort, "--pipeline");
        Assert.True(code == 0, output);
        TakenMail mail = Assert.Single(server.Desk.Mails);
        Assert.Equal(("a@example.com", 2), (mail.Envelope.Sender?.ToString(), mail.Envelope.Recipients.Count));
        Assert.Null(mail.Mail.Client.Tls);
        Assert.EndsWith("\r\n\r\nHello\r\n.dot\r\n", mail.Text.TrimEnd('\r', '\n') + "\r\n");
    }

    [Fact]
    public async Task Swaks_encrypts_and_authenticates()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string[] credentials = ["--auth", "PLAIN", "--auth-user", "user", "--auth-password", "pencil"];
        (int code, string output) = await RunAsync(server.SubmissionPort, ["--tls", .. credentials]);
        Assert.SkipWhen(output.Contains("TLS not available", StringComparison.Ordinal), "Needs libnet-ssleay-perl beside swaks.");
        Assert.True(code == 0, output);
        (code, output) = await RunAsync(server.SecurePort, ["--tls-on-connect", .. credentials]);
        Assert.True(code == 0, output);
        Assert.Equal(["user", "user"], server.Desk.Mails.Select(mail => mail.Mail.Client.Account));
        Assert.All(server.Desk.Mails, mail => Assert.NotNull(mail.Mail.Client.Tls));
    }

    [Fact]
    public async Task Swaks_is_told_what_is_wrong()
    {
        // Exit codes of swaks: 24 no recipient was taken, 23 the sender was refused, 28 authentication failed.
        await using RunningServer server = await RunningServer.StartAsync();
        (int code, string output) = await RunAsync(server.ExchangePort, "--to", "nobody@example.org");
        Assert.True(code == 24, output);
        Assert.Contains("550 5.1.1", output);
        (code, output) = await RunAsync(server.SubmissionPort);
        Assert.True(code == 23, output);
        Assert.Contains("530 5.7.0", output);
        (code, output) = await RunAsync(server.SubmissionPort, "--tls", "--auth", "PLAIN", "--auth-user", "user", "--auth-password", "wrong");
        Assert.SkipWhen(output.Contains("TLS not available", StringComparison.Ordinal), "Needs libnet-ssleay-perl beside swaks.");
        Assert.True(code == 28, output);
        Assert.Contains("535 5.7.8", output);
        Assert.Empty(server.Desk.Mails);
    }

    private static Task<(int ExitCode, string Output)> RunAsync(int port, params string[] more)
    {
        string[] to = more.Contains("--to") ? [] : ["--to", "b@example.org,c@example.org"];
        return Programs.RunAsync(
            Programs.Find("swaks"),
            [
                "--server", "127.0.0.1", "--port", $"{port}", "--helo", "client.example", "--from", "a@example.com", .. to,
                "--body", "Hello\\n.dot", "--timeout", "30", .. more,
            ]);
    }
}

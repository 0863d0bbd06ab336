using Defms.Gateway.Smtp;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>Postfix as the other world: it queues mails and brings them to our server.</summary>
public sealed class PostfixTests
{
    [Fact]
    public async Task Postfix_brings_its_mails_octet_for_octet()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using PostfixSender postfix = await PostfixSender.StartAsync(server.ExchangePort, "none");
        const string Mail = "From: a@example.com\nTo: b@example.org\nSubject: Dots\n\n.\n..\n.x\nMAIL FROM:<evil@example.com>\n\nend\n";
        await postfix.SendAsync(Mail, "-f", "a@example.com", "b@example.org", "c@example.org");
        await postfix.SendAsync("Subject: nobody\n\nx\n", "-f", "a@example.com", "nobody@example.org", "d@example.org");
        await WaitAsync(server, postfix, mails: 3);
        TakenMail dots = Assert.Single(server.Desk.Mails, mail => mail.Text.Contains("Subject: Dots"));
        Assert.EndsWith(Mail[Mail.IndexOf("\n\n", StringComparison.Ordinal)..].Replace("\n", "\r\n", StringComparison.Ordinal), dots.Text);
        Assert.Equal(2, dots.Envelope.Recipients.Count);
        Assert.Equal("sender.example", dots.Mail.Client.HelloName);
        // The refused recipient comes back as a bounce from the null sender.
        TakenMail bounce = Assert.Single(server.Desk.Mails, mail => mail.Envelope.Sender is null);
        Assert.Contains("550 5.1.1", bounce.Text);
    }

    [Fact]
    public async Task Postfix_encrypts_and_sends_UTF_8_and_its_wishes_for_reports()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using PostfixSender postfix = await PostfixSender.StartAsync(server.ExchangePort, "encrypt");
        // The octets of UTF-8, one a character.
        const string Utf8 = "Subject: Gr\u00c3\u00bc\u00c3\u009fe\n\n\u00c3\u00a4\n";
        await postfix.SendAsync(Utf8, "-O", "SMTPUTF8", "-f", "ä@example.com", "-N", "success,delay", "-R", "hdrs", "-V", "id+1", "ü@example.org");
        await WaitAsync(server, postfix, mails: 1);
        TakenMail mail = Assert.Single(server.Desk.Mails);
        Assert.NotNull(mail.Mail.Client.Tls);
        Assert.EndsWith("\r\n\r\n\u00c3\u00a4\r\n", mail.Text);
        Assert.True(mail.Envelope.IsUtf8);
        Assert.Equal(("ä@example.com", "id+1", DsnReturn.Headers), (mail.Envelope.Sender?.ToString(), mail.Envelope.EnvelopeId, mail.Envelope.Return));
        EnvelopeRecipient recipient = Assert.Single(mail.Envelope.Recipients);
        Assert.Equal(("ü@example.org", DsnNotify.Success | DsnNotify.Delay), (recipient.Address.ToString(), recipient.Notify));
    }

    [Fact]
    public async Task Postfix_brings_a_hundred_mails()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using PostfixSender postfix = await PostfixSender.StartAsync(server.ExchangePort, "may");
        string line = new string('x', 70) + "\n";
        for (int i = 0; i < 100; i++)
            await postfix.SendAsync($"Subject: number {i}\n\n{string.Concat(Enumerable.Repeat(line, i * 10))}", "-f", "a@example.com", "b@example.org");
        await WaitAsync(server, postfix, mails: 100);
        Assert.Equal(100, server.Desk.Mails.Select(mail => mail.Text.Length).Distinct().Count());
        await server.StopAsync();
        Assert.Equal((0, 0L), (server.Server.Sessions, server.Server.OctetsHeld));
    }

    private static async Task WaitAsync(RunningServer server, PostfixSender postfix, int mails)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (server.Desk.Mails.Count < mails && !patience.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        Assert.True(server.Desk.Mails.Count == mails, $"{server.Desk.Mails.Count} of {mails} mails came. {postfix.ReadLog()}");
    }
}

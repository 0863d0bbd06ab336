using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>What whoever runs the gateway sees of it, and how it ends.</summary>
public sealed class WatchingTests
{
    [Fact]
    public async Task Every_line_of_the_log_is_an_event_in_JSON_that_names_no_person_and_no_word_of_a_mail()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using var hop = new NextHop();
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync(
            $"[gateway]\nlog-format = json\n[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {hop.Port}\nsmarthost-security = insecure\n");
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, alice.Address);
        using (SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort))
        {
            Assert.StartsWith("250", await talk.SendAsync(Canary.From, alice.Address, Canary.Mail("one", alice.Address)), StringComparison.Ordinal);
            Assert.StartsWith("550", await talk.SendAsync(Canary.From, "nobody@a.example", Canary.Mail("two", alice.Address)), StringComparison.Ordinal);
        }
        (await alice.RunAsync("send", "--to", Canary.From, "--subject", Canary.InSubject, "--body", Canary.InBody)).Expect(0);
        (await alice.RunAsync("sync")).Expect(0);
        string metrics = await gateway.GetAsync("/metrics");
        Assert.Contains("defms_smtp_mails_taken_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("defms_smtp_recipients_refused_total 1\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("example", metrics, StringComparison.OrdinalIgnoreCase);
        using JsonDocument health = JsonDocument.Parse(await gateway.GetAsync("/health"));
        Assert.Equal("ok", health.RootElement.GetProperty("status").GetString());
        Assert.Equal(0, await gateway.TerminateAsync());

        string[] lines = gateway.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => MessageOf(line).StartsWith("took a mail", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.NotEmpty(MessageOf(line)));
        Assert.Empty(Canary.Find([], gateway.Log));
        Assert.All((string[])[alice.Address, alice.Name, "nobody@"], word => Assert.DoesNotContain(word, gateway.Log, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Asked_to_stop_it_takes_the_mail_that_is_under_way_and_begins_no_other()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using SteadyGateway gateway = await SteadyGateway.MakeAsync("");
        await gateway.LaunchAsync();
        await gateway.Program.ServeWithCardAsync(alice, alice.Address);
        string mail = Encoding.Latin1.GetString(Canary.Mail("one", alice.Address));
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.Program.SmtpPort);
        foreach (string line in (string[])[$"MAIL FROM:<{Canary.From}>", $"RCPT TO:<{alice.Address}>"])
            Assert.StartsWith("250", await talk.SayAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("354", await talk.SayAsync("DATA"), StringComparison.Ordinal);
        await talk.WriteAsync(mail[..500]);

        Task<int> ending = gateway.Program.TerminateAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (true)
                (await SmtpTalk.ConnectAsync(gateway.Program.SmtpPort)).Dispose();
        });
        Assert.False(ending.IsCompleted);
        Assert.StartsWith("250", await talk.SayAsync(mail[500..] + "."), StringComparison.Ordinal);
        Assert.Equal(0, await ending);

        await gateway.LaunchAsync();
        (await alice.RunAsync("sync")).Expect(0);
        Assert.Equal([mail], await SteadyGateway.MailsOfAsync(alice));
    }

    private static string MessageOf(string line)
    {
        using JsonDocument read = JsonDocument.Parse(line);
        return read.RootElement.GetProperty("Message").GetString()!;
    }
}

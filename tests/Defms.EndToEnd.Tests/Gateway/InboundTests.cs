using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>Mail of the old world on its way in: other servers, the gateway's process, a person's store.</summary>
public sealed class InboundTests
{
    private const string Carol = "carol@old.example";

    /// <summary>Everything has some seconds to happen in; this is for machines that are busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Mail_by_SMTP_comes_to_the_persons_daemon_byte_for_byte()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        await gateway.StartAsync();
        await using Daemon daemon = await Daemon.StartAsync(alice);
        await gateway.ServeAsync(alice, alice.Address);
        byte[] mail = Mail("Lunch", "Friday?\r\n..and a dot\r\n.\u00e9\r\n");

        using (SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort))
            Assert.Equal("250 2.0.0 Taken", await talk.SendAsync(Carol, alice.Address, mail));

        JsonElement thread = Assert.Single(await ThreadsAsync(alice, 1));
        JsonElement shown = (await alice.JsonAsync("show", thread.GetProperty("thread").GetString()!)).GetProperty("messages")[0];
        Assert.Equal("Lunch", shown.GetProperty("subject").GetString());
        Result cat = await alice.RunAsync("cat", shown.GetProperty("message").GetString()!);
        Assert.Equal(mail, cat.Expect(0).Octets);
        string metrics = await gateway.GetAsync("/metrics");
        Assert.Contains("defms_smtp_mails_taken_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"ok\"", await gateway.GetAsync("/health"), StringComparison.Ordinal);
        Assert.Equal(0, await gateway.TerminateAsync());
        Assert.DoesNotContain("Lunch", gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(alice.Address, gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Carol, gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_daemon_fetches_from_the_gateway_and_only_addresses_with_an_account_are_taken()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, alice.Address);
        await gateway.ServeAsync(alice, "*@b.example");
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort);

        Assert.Equal("250 2.0.0 Taken", await talk.SendAsync(Carol, "Alice+shop@A.example", Mail("One", "1\r\n")));
        Assert.Equal("250 2.0.0 Taken", await talk.SendAsync(Carol, "whoever@b.example", Mail("Two", "2\r\n")));
        Assert.Equal("250 2.0.0 Taken", await talk.SendAsync(Carol, "postmaster@a.example", Mail("Three", "3\r\n")));
        Assert.StartsWith("550 5.1.1", await talk.SendAsync(Carol, "bob@a.example", Mail("Four", "4\r\n")), StringComparison.Ordinal);
        await talk.SayAsync("RSET");
        Assert.StartsWith("550 5.7.1", await talk.SendAsync(Carol, "carol@c.example", Mail("Five", "5\r\n")), StringComparison.Ordinal);

        (await alice.RunAsync("sync")).Expect(0);
        Assert.Equal(
            ["One", "Three", "Two"],
            (await alice.JsonAsync("threads")).EnumerateArray().Select(row => row.GetProperty("subject").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_has_too_much_waiting_gets_no_more_until_she_fetches_it_and_others_do()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@a.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync("[gateway]\naccount-quota = 20k\n");
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, alice.Address);
        await gateway.ServeAsync(bob, bob.Address);
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort);
        Assert.Equal("250 2.0.0 Taken", await talk.SendAsync(Carol, alice.Address, Mail("Long", string.Concat(Enumerable.Repeat("word word word\r\n", 2_000)))));

        await AssertAnswerAsync(talk, alice.Address, "552 5.2.2");
        await AssertAnswerAsync(talk, bob.Address, "250 2.1.5");
        (await alice.RunAsync("sync")).Expect(0);
        await AssertAnswerAsync(talk, alice.Address, "250 2.1.5");
        Assert.Contains("Long", (await alice.RunAsync("threads")).Expect(0).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_swaks_brings_over_STARTTLS_is_read()
    {
        string? swaks = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "swaks")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(swaks is null, "swaks is not installed");
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, "*@a.example");

        string[] arguments =
        [
            "--tls", "--server", "127.0.0.1", "--port", $"{gateway.SmtpPort}", "--from", Carol, "--to", alice.Address,
            "--header", "Subject: By swaks", "--body", "hello",
        ];
        var start = new ProcessStartInfo(swaks!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process client = Process.Start(start)!;
        string said = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(client.ExitCode == 0, said);
        (await alice.RunAsync("sync")).Expect(0);
        Assert.Contains("By swaks", (await alice.RunAsync("threads")).Expect(0).Text, StringComparison.Ordinal);
    }

    /// <summary>The gateway looks every second how much waits.</summary>
    private static async Task AssertAnswerAsync(SmtpTalk talk, string recipient, string expected)
    {
        long start = Stopwatch.GetTimestamp();
        string answer = await AskAsync(talk, recipient);
        while (!answer.StartsWith(expected, StringComparison.Ordinal) && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
            answer = await AskAsync(talk, recipient);
        }
        Assert.StartsWith(expected, answer, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(SmtpTalk talk, string recipient)
    {
        await talk.SayAsync("RSET");
        await talk.SayAsync($"MAIL FROM:<{Carol}>");
        return await talk.SayAsync($"RCPT TO:<{recipient}>");
    }

    private static byte[] Mail(string subject, string body) => Encoding.Latin1.GetBytes(
        $"From: Carol <{Carol}>\r\nTo: alice@a.example\r\nSubject: {subject}\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
        + $"Message-ID: <{subject}@old.example>\r\n\r\n{body}");

    /// <summary>The person's conversations once there are so many.</summary>
    private static async Task<JsonElement[]> ThreadsAsync(Person person, int count)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            JsonElement[] threads = [.. (await person.JsonAsync("threads")).EnumerateArray()];
            if (threads.Length >= count || Stopwatch.GetElapsedTime(start) > Patience)
                return threads;
        }
    }
}

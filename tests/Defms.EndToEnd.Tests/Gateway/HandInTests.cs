using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>Mail that old programs hand in with a password, as swaks does it.</summary>
public sealed class HandInTests
{
    private const string Carol = "carol@old.example";
    private const string Canary = "canary-handed-in";

    [Fact]
    public async Task Mail_handed_in_with_a_password_leaves_comes_to_accounts_here_and_lies_among_what_was_sent()
    {
        await using var hop = new NextHop();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@a.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await gateway.ServeAsync(alice, alice.Address);
        await gateway.ServeAsync(bob, bob.Address);
        string password = (await gateway.CommandAsync("account", "password", alice.Address)).Expect(0).Text.Trim();

        (int code, string said) = await SwaksAsync(
            gateway.SubmissionPort, password, ["--tls", "--to", $"{Carol},{bob.Address}", "--header", $"Subject: {Canary}", "--header-Bcc", "x@old.example"]);
        Assert.True(code == 0, said);
        (code, said) = await SwaksAsync(gateway.SecureSubmissionPort, password, ["--tls-on-connect", "--to", "nobody@old.example", "--header", "Subject: Lost"]);
        Assert.True(code == 0, said);

        long start = Stopwatch.GetTimestamp();
        while (hop.Mails.Count < 1 && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(3))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        (string[] envelope, string octets) = Assert.Single(hop.Mails);
        Assert.Equal($"RCPT TO:<{Carol}>", Assert.Single(envelope[1..]));
        Assert.Contains("Defms-Card:", octets, StringComparison.Ordinal);
        Assert.Contains("\r\nMessage-ID:", octets, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Bcc", octets, StringComparison.Ordinal);
        Assert.Equal([Canary], await SubjectsAsync(bob, 1));
        // Both as sent, and the notice.
        Assert.Equal(["Lost", Canary], await SubjectsAsync(alice, 2));
        Assert.Contains("550 5.1.1 No such person", await TextOfAsync(alice, "Not delivered"), StringComparison.Ordinal);
        AssertNothingInClear(gateway, password);
    }

    [Fact]
    public async Task Nobody_hands_in_without_the_password_or_in_another_name()
    {
        await using var hop = new NextHop();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@a.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await gateway.ServeAsync(alice, alice.Address);
        await gateway.ServeAsync(bob, bob.Address);
        const string password = "correct horse";
        (await Programs.RunAsync("Defms.Gateway", "defms-gateway", ["--config", gateway.ConfigPath, "account", "password", alice.Address], Encoding.ASCII.GetBytes(password + "\n"))).Expect(0);
        (await gateway.CommandAsync("account", "password", "who@a.example")).Expect(3);
        (await gateway.CommandAsync("account", "password", "*@a.example")).Expect(2);

        // What swaks says: 28 the password was refused, 23 the sender, 24 all recipients, 26 the mail.
        Assert.Equal((28, true), await RefusedAsync(gateway, "wrong horse", "535 5.7.8", "--to", Carol));
        Assert.Equal((26, true), await RefusedAsync(gateway, password, "550 5.7.1", "--to", Carol, "--from", bob.Address));
        Assert.Equal((26, true), await RefusedAsync(gateway, password, "550 5.7.1", "--to", Carol, "--header", $"From: {bob.Address}"));
        Assert.Equal((24, true), await RefusedAsync(gateway, password, "550 5.1.1", "--to", "nobody@a.example"));
        (await gateway.CommandAsync("account", "password", alice.Address, "--remove")).Expect(0);
        Assert.Equal((28, true), await RefusedAsync(gateway, password, "535 5.7.8", "--to", Carol));
        Assert.Empty(hop.Mails);
    }

    private static async Task<GatewayProgram> MakeAsync(NextHop hop)
    {
        GatewayProgram gateway = await GatewayProgram.MakeAsync(
            $"submission = 127.0.0.1:0\nsubmissions = 127.0.0.1:0\n[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {hop.Port}\nsmarthost-security = insecure\n");
        await gateway.StartAsync();
        return gateway;
    }

    private static async Task<(int Code, bool IsSaid)> RefusedAsync(GatewayProgram gateway, string password, string expected, params string[] more)
    {
        (int code, string said) = await SwaksAsync(gateway.SubmissionPort, password, ["--tls", .. more]);
        return (code, said.Contains(expected, StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Said)> SwaksAsync(int port, string password, string[] more)
    {
        string? swaks = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "swaks")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(swaks is null, "Needs swaks.");
        string[] from = more.Contains("--from") ? [] : ["--from", "alice@a.example"];
        string[] arguments =
        [
            "--server", "127.0.0.1", "--port", $"{port}", "--helo", "printer.example", "--auth", "PLAIN", "--auth-user", "Alice@A.example", "--auth-password", password,
            .. from, .. more, "--body", Canary,
        ];
        var start = new ProcessStartInfo(swaks!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process client = Process.Start(start)!;
        Task<string> errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string said = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await errors;
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(said.Contains("TLS not available", StringComparison.Ordinal), "Needs libnet-ssleay-perl beside swaks.");
        return (client.ExitCode, said);
    }

    /// <summary>Subjects of the conversations once there are so many; a notice is in the conversation of its mail.</summary>
    private static async Task<string[]> SubjectsAsync(Person person, int count)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            (await person.RunAsync("sync")).Expect(0);
            string[] subjects = [.. (await person.JsonAsync("threads")).EnumerateArray().Select(row => row.GetProperty("subject").GetString()!).Order(StringComparer.Ordinal)];
            if (subjects.Length >= count || Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(3))
                return subjects;
        }
    }

    /// <summary>The text of the message with a subject, once it has come.</summary>
    private static async Task<string> TextOfAsync(Person person, string subject)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(3))
        {
            (await person.RunAsync("sync")).Expect(0);
            foreach (JsonElement row in (await person.JsonAsync("threads")).EnumerateArray())
            {
                JsonElement shown = await person.JsonAsync("show", row.GetProperty("thread").GetString()!);
                JsonElement found = shown.GetProperty("messages").EnumerateArray().FirstOrDefault(message => message.GetProperty("subject").GetString() == subject);
                if (found.ValueKind == JsonValueKind.Object)
                    return found.GetProperty("text").GetString()!;
            }
        }
        return "";
    }

    private static void AssertNothingInClear(GatewayProgram gateway, string password)
    {
        foreach (string file in Directory.EnumerateFiles(gateway.Home, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            Assert.All((string[])[Canary, Carol, password], word => Assert.True(copy.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(word)) < 0, $"{file} holds '{word}'"));
        }
    }
}

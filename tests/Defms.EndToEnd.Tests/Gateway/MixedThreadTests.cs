using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Defms.Core.Mime;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>A conversation of two who have Defms with one who has not, by a gateway that all of it passes.</summary>
public sealed class MixedThreadTests
{
    private const string Carol = "carol@old.example";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Mail_of_somebody_without_Defms_shows_in_the_conversation_of_each_who_got_it_and_of_nobody_else()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        await using var hop = new NextHop();
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync(
            $"[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {hop.Port}\nsmarthost-security = insecure\n");
        await using Daemon hers = await Daemon.StartAsync(alice);
        await using Daemon his = await Daemon.StartAsync(bob);
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, alice.Address);
        await gateway.ServeAsync(bob, bob.Address);
        (await alice.RunAsync("contact", "add", (await bob.RunAsync("card")).Text.Trim())).Expect(0);
        (await bob.RunAsync("contact", "add", (await alice.RunAsync("card")).Text.Trim())).Expect(0);

        (string _, string thread) = await alice.SendAsync(bob.Address, "Plan", "--cc", Carol, "--body", "Friday?");
        Assert.Equal([$"also left by SMTP to {Carol}"], await PrivacyAsync(alice, thread, 1));
        Assert.Equal([$"may have left by SMTP to {Carol}"], await PrivacyAsync(bob, thread, 1));
        string id = await CarolReadsAsync(hop);

        await BringAsync(gateway, Reply(id, "r1", "alice@a.example, bob@b.example", "Fine with me."), alice, bob);
        foreach (Person person in (Person[])[alice, bob])
            Assert.Equal("came by SMTP", (await PrivacyAsync(person, thread, 2))[1]);
        await BringAsync(gateway, Reply(id, "r2", "alice@a.example", "Between us: I would rather not."), alice);
        Assert.Equal("came by SMTP", (await PrivacyAsync(alice, thread, 3))[2]);

        // Her answer to that goes to Carol alone, too; Bob's answer to all goes to both, each in the way that leads there.
        string filed = Assert.Single((await alice.JsonAsync("threads")).EnumerateArray()).GetProperty("thread").GetString()!;
        Assert.NotEqual(thread, filed);
        JsonElement answer = await alice.JsonAsync("reply", filed, "--all", "--body", "Between us, then.");
        Assert.Equal([Carol], answer.GetProperty("recipients").EnumerateArray().Select(row => row.GetProperty("address").GetString()));
        (await bob.RunAsync("reply", thread, "--all", "--body", "Settled.")).Expect(0);
        Assert.Equal([$"may have left by SMTP to {Carol}", "came by SMTP", $"also left by SMTP to {Carol}"], await PrivacyAsync(bob, thread, 3));
        Assert.Equal(
            [$"also left by SMTP to {Carol}", "came by SMTP", "came by SMTP", $"left by SMTP to {Carol}", $"may have left by SMTP to {Carol}"],
            await PrivacyAsync(alice, thread, 5));
        (await bob.RunAsync("sync")).Expect(0);
        Assert.Equal(3, (await bob.JsonAsync("show", thread)).GetProperty("messages").GetArrayLength());
        Assert.Empty((await bob.JsonAsync("search", "between")).EnumerateArray());
        Assert.NotEmpty((await alice.JsonAsync("search", "between")).EnumerateArray());
    }

    private static byte[] Reply(string id, string name, string to, string words) => Encoding.ASCII.GetBytes(
        $"From: Carol <{Carol}>\r\nTo: {to}\r\nSubject: Re: Plan\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
        + $"Message-ID: <{name}@old.example>\r\nIn-Reply-To: {id}\r\nReferences: {id}\r\n\r\n{words}\r\n");

    /// <summary>The Message-ID of what came to her.</summary>
    private static async Task<string> CarolReadsAsync(NextHop hop)
    {
        long start = Stopwatch.GetTimestamp();
        while (hop.Mails.Count == 0 && Stopwatch.GetElapsedTime(start) < Patience)
            await Task.Yield();
        return $"<{MailMessage.Parse(Encoding.Latin1.GetBytes(Assert.Single(hop.Mails).Octets)).MessageId}>";
    }

    private static async Task BringAsync(GatewayProgram gateway, byte[] mail, params Person[] to)
    {
        using SmtpTalk talk = await SmtpTalk.ConnectAsync(gateway.SmtpPort);
        await talk.SayAsync($"MAIL FROM:<{Carol}>");
        foreach (Person person in to)
            Assert.StartsWith("250", await talk.SayAsync($"RCPT TO:<{person.Address}>"), StringComparison.Ordinal);
        await talk.SayAsync("DATA");
        Assert.StartsWith("250", await talk.SayAsync(Encoding.ASCII.GetString(mail) + "."), StringComparison.Ordinal);
    }

    /// <summary>What a conversation says of each of its messages, once there are so many.</summary>
    private static async Task<string[]> PrivacyAsync(Person person, string thread, int count)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Result shown = await person.RunAsync("show", thread, "--json");
            string[] words = shown.ExitCode == 0 ? [.. shown.Json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("privacy").GetString()!)] : [];
            if (words.Length >= count || Stopwatch.GetElapsedTime(start) > Patience)
                return words;
        }
    }
}

using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;

namespace Defms.EndToEnd.Tests.Privacy;

/// <summary>
/// Mail with a word of its own in each of its places goes by way of a host and from daemon to daemon. What the host keeps, what all three log at their most
/// talkative, what anybody may ask them, and every octet on the wires holds none of these words.
/// </summary>
public sealed class CarriageTests
{
    [Fact]
    public async Task No_word_of_a_mail_is_with_a_host_in_a_log_or_on_the_wire()
    {
        using Person alice = await Person.MakeAsync(Canary.InName, $"{Canary.InAddress}@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example"), hermes = await Person.MakeAsync("Hermes", "hermes@h.example");
        await using TalkativeDaemon host = await TalkativeDaemon.StartAsync(hermes, isOnCard: true);
        await using TalkativeDaemon hers = await TalkativeDaemon.StartAsync(alice, isOnCard: true);
        JsonElement invitation = await hermes.JsonAsync("host", "invite", "--name", "Bob");
        await bob.JsonAsync("host", "add", host.Wire.Url, "--token", invitation.GetProperty("token").GetString()!);
        await MeetAsync(alice, bob);

        (string message, string thread) = await SendAsync(alice, bob, filling: "");
        Assert.Contains("held", (await alice.RunAsync("show", thread, "--json")).Expect(0).Text);
        await bob.JsonAsync("sync");
        Assert.Equal((await alice.RunAsync("cat", message)).Octets, (await bob.RunAsync("cat", message)).Octets);
        await bob.JsonAsync("reply", thread, "--body", Canary.InQuoted);
        await using TalkativeDaemon his = await TalkativeDaemon.StartAsync(bob, isOnCard: true);
        await bob.JsonAsync("reply", thread, "--body", Canary.InBody);
        await SendAsync(alice, bob, filling: string.Concat(Enumerable.Repeat(Canary.InQuoted + "\n", 5000)));

        TalkativeDaemon[] all = [host, hers, his];
        foreach (TalkativeDaemon daemon in all)
        {
            string told = await daemon.GetAsync("/health") + await daemon.GetAsync("/metrics");
            Assert.NotEmpty(told);
            Assert.Empty(Canary.Find([], told + daemon.Log));
            Assert.Empty(Canary.FindIn("the wire", daemon.Wire.Heard));
        }
        Assert.Empty(Canary.Find([hermes.Home]));
        // The search finds what is there, and the wires and logs were not idle.
        Assert.Equal(Canary.Words, Canary.WordsOf(Canary.Find([bob.Home], (await bob.RunAsync("cat", message)).Expect(0).Text)));
        Assert.True(host.Wire.Heard.AsSpan().IndexOf("POST /defms/v1/announcements"u8) >= 0);
        Assert.True(host.Wire.Heard.AsSpan().IndexOf("POST /defms/v1/sync"u8) >= 0);
        Assert.True(hers.Wire.Heard.AsSpan().IndexOf("POST /defms/v1/"u8) >= 0);
        Assert.Contains("took 1 messages", hers.Log);
    }

    private static async Task<(string Message, string Thread)> SendAsync(Person alice, Person bob, string filling)
    {
        await System.IO.File.WriteAllTextAsync(alice.File(Canary.InFileName), Canary.InAttachment);
        await System.IO.File.WriteAllTextAsync(alice.File("wide.bin"), Canary.InWideAttachment, Encoding.Unicode);
        await System.IO.File.WriteAllTextAsync(alice.File("body"), $"{Canary.InBody}\n{Canary.InQuoted}\n{filling}");
        return await alice.SendAsync(bob.Address, Canary.InSubject, "--body-file", alice.File("body"), "--attach", alice.File(Canary.InFileName), "--attach", alice.File("wide.bin"));
    }

    private static async Task MeetAsync(Person alice, Person bob)
    {
        foreach ((Person one, Person other) in new[] { (alice, bob), (bob, alice) })
            (await one.RunAsync("contact", "add", (await other.JsonAsync("card")).GetProperty("card").GetString()!)).Expect(0);
    }
}

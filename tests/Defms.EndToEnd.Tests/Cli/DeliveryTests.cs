using System.Diagnostics;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_mail_reaches_the_daemon_at_once_and_the_answer_is_fetched()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await using Daemon daemon = await Daemon.StartAsync(bob);
            (await bob.RunAsync("contact", "add", alice.Card)).Expect(0);
            (await alice.RunAsync("contact", "add", $"{daemon.Url}/.well-known/defms/card")).Expect(0);

            JsonElement sent = await alice.JsonAsync("send", "--to", bob.Address, "--subject", "Hello", "--body", "x");
            string thread = sent.GetProperty("thread").GetString()!;
            Assert.Equal("stored", sent.GetProperty("recipients")[0].GetProperty("state").GetString());
            Assert.Equal(1, (await bob.JsonAsync("threads", "--unread"))[0].GetProperty("unread").GetInt32());
            (await bob.RunAsync("show", thread, "--keep-unread")).Expect(0);
            Assert.Equal(1, (await bob.JsonAsync("threads", "--unread")).GetArrayLength());
            (await bob.RunAsync("show", thread)).Expect(0);
            Assert.Equal(0, (await bob.JsonAsync("threads", "--unread")).GetArrayLength());

            (await bob.RunAsync("reply", thread, "--body", "back", "--json")).Expect(0);
            JsonElement report = await alice.JsonAsync("sync");
            Assert.Equal(["sent", "received", "threads", "failed"], report.EnumerateObject().Select(property => property.Name));
            Assert.Equal((1, 1), (report.GetProperty("received").GetInt32(), report.GetProperty("threads").GetInt32()));
            Assert.Equal(Root(await alice.JsonAsync("show", thread)), Root(await bob.JsonAsync("show", thread)));
        }
    }

    [Fact]
    public async Task A_stranger_waits_until_he_is_accepted()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await using Daemon daemon = await Daemon.StartAsync(bob);
            (await alice.RunAsync("contact", "add", $"{daemon.Url}/.well-known/defms/card")).Expect(0);

            JsonElement sent = await alice.JsonAsync("send", "--to", bob.Address, "--subject", "Hello", "--body", "x");

            Assert.Equal("quarantined", sent.GetProperty("recipients")[0].GetProperty("state").GetString());
            Assert.Equal(0, (await bob.JsonAsync("threads")).GetArrayLength());
            JsonElement stranger = Assert.Single((await bob.JsonAsync("contact", "list")).EnumerateArray());
            Assert.Equal((alice.Id, "stranger", 1), (stranger.GetProperty("id").GetString(), stranger.GetProperty("state").GetString(), stranger.GetProperty("waiting").GetProperty("messages").GetInt32()));
            Assert.Contains("1 message", (await bob.RunAsync("contact", "list")).Text);
            (await bob.RunAsync("contact", "accept", alice.Address)).Expect(0);
            Assert.Equal(1, (await bob.JsonAsync("threads")).GetArrayLength());
        }
    }

    [Fact]
    public async Task A_peer_that_is_not_there_leaves_the_mail_queued_and_says_so()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            string url;
            await using (Daemon daemon = await Daemon.StartAsync(bob))
            {
                url = daemon.Url;
                (await alice.RunAsync("contact", "add", $"{url}/.well-known/defms/card")).Expect(0);
            }

            Result sent = await alice.RunAsync("send", "--to", bob.Address, "--subject", "Hello", "--body", "x", "--json");

            Assert.Equal("queued", sent.Expect(4).Json.GetProperty("recipients")[0].GetProperty("state").GetString());
            Result sync = await alice.RunAsync("sync", "--json");
            Assert.Equal("Bob", sync.Expect(4).Json.GetProperty("failed")[0].GetProperty("peer").GetString()![..3]);
            Assert.Equal(3, (await alice.RunAsync("sync", "--peer", "http://nowhere.example")).ExitCode);
        }
    }

    [Fact]
    public async Task Watching_ends_with_the_interrupt_and_is_no_failure()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await using Daemon daemon = await Daemon.StartAsync(bob);
            (await bob.RunAsync("contact", "add", alice.Card)).Expect(0);
            (await alice.RunAsync("contact", "add", $"{daemon.Url}/.well-known/defms/card")).Expect(0);
            (await bob.RunAsync("send", "--to", alice.Address, "--body", "x")).Expect(0);
            using Process watching = Programs.Start("Defms.Cli", "defms", ["sync", "--watch", "--json", "--home", alice.Home]);

            string? line = await watching.StandardOutput.ReadLineAsync();

            using JsonDocument round = JsonDocument.Parse(line!);
            Assert.Equal(1, round.RootElement.GetProperty("received").GetInt32());
            using (Process interrupt = Process.Start("kill", ["-INT", watching.Id.ToString()]))
                await interrupt.WaitForExitAsync();
            await watching.WaitForExitAsync();
            Assert.Equal(0, watching.ExitCode);
        }
    }

    private static string? Root(JsonElement conversation) => conversation.GetProperty("root").GetString();
}

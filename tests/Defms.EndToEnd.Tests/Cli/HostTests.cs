using System.Text.Json;
using Defms.Core.Storage;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class HostTests
{
    [Fact]
    public async Task Two_who_are_never_online_together_write_to_each_other_by_way_of_their_hosts()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example"), bob = await Person.MakeAsync("Bob", "bob@b.example");
        using Person hera = await Person.MakeAsync("Hera", "hera@h.example"), hermes = await Person.MakeAsync("Hermes", "hermes@h.example");
        await using Daemon hers = await Daemon.StartAsync(hera), his = await Daemon.StartAsync(hermes);
        await JoinAsync(alice, hera, hers);
        await JoinAsync(bob, hermes, his);
        await MeetAsync(alice, bob);
        await System.IO.File.WriteAllBytesAsync(alice.File("map.bin"), new byte[300_000]);

        (string message, string thread) = await alice.SendAsync(bob.Address, "Map", "--body", "see there", "--attach", alice.File("map.bin"));

        Assert.Equal("held", await StateAsync(alice, thread, message));
        JsonElement served = Assert.Single((await hermes.JsonAsync("host", "serve", "list")).EnumerateArray());
        Assert.Equal((bob.Id, "Bob", 1), (served.GetProperty("id").GetString(), served.GetProperty("name").GetString(), served.GetProperty("items").GetInt32()));
        Assert.Equal(1, (await bob.JsonAsync("sync")).GetProperty("received").GetInt32());
        Assert.Equal((await alice.RunAsync("cat", message)).Octets, (await bob.RunAsync("cat", message)).Octets);
        JsonElement answer = await bob.JsonAsync("reply", thread, "--body", "thanks");
        Assert.Equal("held", answer.GetProperty("recipients")[0].GetProperty("state").GetString());
        Assert.Equal(1, (await alice.JsonAsync("sync")).GetProperty("received").GetInt32());
        Assert.Equal("stored", await StateAsync(alice, thread, message));
        await bob.JsonAsync("sync");
        Assert.Equal("stored", await StateAsync(bob, thread, answer.GetProperty("message").GetString()!));
    }

    [Fact]
    public async Task After_a_loss_a_host_alone_says_the_epoch_and_gives_back_the_contacts_and_they_the_mail()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example"), bob = await Person.MakeAsync("Bob", "bob@b.example");
        using Person hermes = await Person.MakeAsync("Hermes", "hermes@h.example");
        await using Daemon host = await Daemon.StartAsync(hermes), his = await Daemon.StartAsync(bob);
        await JoinAsync(alice, hermes, host);
        await MeetAsync(alice, bob);
        (string message, string thread) = await alice.SendAsync(bob.Address, "Hello", "--body", "before the loss");
        (await alice.RunAsync("sync")).Expect(0);

        string home = alice.File("anew");
        var code = new Dictionary<string, string> { ["DEFMS_RECOVERY"] = alice.Recovery };
        string[] recover = ["init", "--recover", "--peer", host.Url, "--name", "Alice", "--address", "alice@a.example", "--json", "--home", home];
        JsonElement made = (await Programs.RunAsync(recover, variables: code)).Expect(0).Json;

        Assert.Equal((alice.Id, 1), (made.GetProperty("id").GetString(), made.GetProperty("epoch").GetInt32()));
        Assert.Equal(bob.Id, (await OnAsync(home, "contact", "show", bob.Address)).GetProperty("id").GetString());
        Assert.Equal(hermes.Id, Assert.Single((await OnAsync(home, "host", "list")).EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal((await alice.RunAsync("cat", message)).Octets, (await Programs.RunAsync(["cat", message, "--home", home])).Expect(0).Octets);
        Assert.Equal(1, (await OnAsync(home, "show", thread)).GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task A_host_stands_on_the_card_until_it_is_removed()
    {
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example"), hermes = await Person.MakeAsync("Hermes", "hermes@h.example");
        await using Daemon his = await Daemon.StartAsync(hermes);
        Assert.Contains("invitation", (await bob.RunAsync("host", "add", his.Url)).Expect(1).Errors);
        await JoinAsync(bob, hermes, his, "--quota", "5M", "--days", "9");
        JsonElement host = Assert.Single((await bob.JsonAsync("host", "list")).EnumerateArray());
        Assert.Equal((hermes.Id, "good", 5L << 20, 9), (host.GetProperty("id").GetString(), host.GetProperty("state").GetString(), host.GetProperty("quota").GetInt64(), host.GetProperty("days").GetInt32()));
        Assert.Equal(his.Url, (await bob.JsonAsync("card")).GetProperty("endpoints")[0].GetString());
        Assert.Contains("5.0 MiB", (await bob.RunAsync("host", "list")).Expect(0).Text);
        (await bob.RunAsync("host", "remove", "hermes")).Expect(0);
        Assert.Equal(0, (await bob.JsonAsync("card")).GetProperty("endpoints").GetArrayLength());
        Assert.Equal(0, (await hermes.JsonAsync("host", "serve", "list")).GetArrayLength());
        (await bob.RunAsync("host", "remove", "hermes")).Expect(3);
    }

    [Fact]
    public async Task A_daemon_is_told_on_its_command_line_whom_to_serve_and_remembers_it()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example"), bob = await Person.MakeAsync("Bob", "bob@b.example");
        using Person hermes = await Person.MakeAsync("Hermes", "hermes@h.example");
        await System.IO.File.WriteAllTextAsync(hermes.File("bob.card"), bob.Card);
        await using (Daemon his = await Daemon.StartAsync(hermes, "--host-for", hermes.File("bob.card"), "--host-for", alice.Id))
        {
            (await bob.RunAsync("host", "add", his.Url)).Expect(0);
            await MeetAsync(alice, bob);
            (string message, string thread) = await alice.SendAsync(bob.Address, "Hello", "--body", "x");
            Assert.Equal("held", await StateAsync(alice, thread, message));
        }
        Assert.Equal(2, (await hermes.JsonAsync("host", "serve", "list")).GetArrayLength());
        Assert.Contains("1 item", (await hermes.RunAsync("host", "serve", "remove", "bob")).Expect(1).Errors);
        (await hermes.RunAsync("host", "serve", "remove", "bob", "--drop")).Expect(0);
        Assert.Equal(1, (await hermes.JsonAsync("host", "serve", "list")).GetArrayLength());
    }

    [Fact]
    public async Task Mail_that_only_a_host_has_is_said_to_be_overdue_after_a_day()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example"), bob = await Person.MakeAsync("Bob", "bob@b.example");
        using Person hermes = await Person.MakeAsync("Hermes", "hermes@h.example");
        await using Daemon his = await Daemon.StartAsync(hermes);
        await JoinAsync(bob, hermes, his);
        await MeetAsync(alice, bob);
        await alice.SendAsync(bob.Address, "Hello", "--body", "x");
        Assert.Empty((await alice.JsonAsync("status")).GetProperty("overdue").EnumerateArray());
        using (SqliteConnection db = SqliteConnection.Open(Path.Combine(alice.Home, "store.db"), SqliteOpenMode.ReadWrite))
            db.Execute("UPDATE messages SET date = date - 2 * 86400000");
        JsonElement late = Assert.Single((await alice.JsonAsync("status")).GetProperty("overdue").EnumerateArray());
        Assert.Equal(("held", bob.Address), (late.GetProperty("state").GetString(), late.GetProperty("address").GetString()));
    }

    [Theory]
    [InlineData("host", "invite", "--quota", "0")]
    [InlineData("host", "invite", "--quota", "9999T")]
    [InlineData("host", "invite", "--days", "-1")]
    [InlineData("host", "add", "http://127.0.0.1:1", "--token", "short")]
    public async Task What_no_agreement_can_say_is_wrong_usage(params string[] arguments)
    {
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        (await bob.RunAsync(arguments)).Expect(2);
    }

    private static async Task JoinAsync(Person person, Person host, Daemon daemon, params string[] terms)
    {
        JsonElement invitation = await host.JsonAsync(["host", "invite", "--name", person.Name, .. terms]);
        await person.JsonAsync("host", "add", daemon.Url, "--token", invitation.GetProperty("token").GetString()!);
    }

    private static async Task MeetAsync(Person alice, Person bob)
    {
        foreach ((Person one, Person other) in new[] { (alice, bob), (bob, alice) })
            (await one.RunAsync("contact", "add", (await other.JsonAsync("card")).GetProperty("card").GetString()!)).Expect(0);
    }

    private static async Task<string?> StateAsync(Person person, string thread, string message) =>
        (await person.JsonAsync("show", thread)).GetProperty("messages").EnumerateArray()
            .First(row => row.GetProperty("message").GetString() == message).GetProperty("deliveries")[0].GetProperty("state").GetString();

    private static async Task<JsonElement> OnAsync(string home, params string[] arguments) =>
        (await Programs.RunAsync([.. arguments, "--json", "--home", home])).Expect(0).Json;
}

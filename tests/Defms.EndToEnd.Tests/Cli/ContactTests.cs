using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class ContactTests
{
    [Fact]
    public async Task A_card_is_taken_as_text_and_out_of_a_file_around_it()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        string wrapped = string.Join('\n', bob.Card.Chunk(60).Select(line => new string(line)));
        await File.WriteAllTextAsync(alice.File("mail.txt"), $"Hello Alice,\nhere is my card:\n\n{wrapped}\n\nRegards\nBob\n");

        JsonElement added = await alice.JsonAsync("contact", "add", alice.File("mail.txt"));

        Assert.Equal((bob.Id, "accepted"), (added.GetProperty("id").GetString(), added.GetProperty("state").GetString()));
        Assert.Equal("bob@b.example", Assert.Single((await alice.JsonAsync("contact", "list")).EnumerateArray()).GetProperty("addresses")[0].GetString());
    }

    [Fact]
    public async Task An_address_moves_to_another_identity_only_with_the_persons_word()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using Person other = await Person.MakeAsync("Mallory", "bob@b.example");
        using (alice)
        using (bob)
        {
            Assert.Contains("--rebind", (await alice.RunAsync("contact", "add", other.Card)).Expect(1).Errors);
            (await alice.RunAsync("contact", "add", other.Card, "--rebind")).Expect(0);

            Assert.Equal(other.Id, (await alice.JsonAsync("contact", "show", "bob@b.example")).GetProperty("id").GetString());
        }
    }

    [Fact]
    public async Task Contacts_are_verified_blocked_accepted_and_removed()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            Assert.True((await alice.JsonAsync("contact", "verify", "bob@b.example")).GetProperty("verified").GetBoolean());
            Assert.Equal("blocked", (await alice.JsonAsync("contact", "block", "Bob")).GetProperty("state").GetString());
            (await alice.RunAsync("send", "--to", bob.Address, "--body", "x")).Expect(1);
            Assert.Equal("accepted", (await alice.JsonAsync("contact", "accept", bob.Id[^8..])).GetProperty("state").GetString());
            (await alice.RunAsync("contact", "remove", "Bob")).Expect(0);
            (await alice.RunAsync("contact", "show", "Bob")).Expect(3);
        }
    }

    [Theory]
    [InlineData("defms:nonsense", 1)]
    [InlineData("/nowhere/at/all", 3)]
    public async Task What_is_no_card_is_refused(string source, int exitCode)
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");

        (await alice.RunAsync("contact", "add", source)).Expect(exitCode);
        Assert.Contains("your own card", (await alice.RunAsync("contact", "add", alice.Card)).Expect(2).Errors);
    }

    [Fact]
    public async Task Settings_on_the_card_make_a_newer_card()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");

        (await alice.RunAsync("config", "endpoint", "https://a.example", "--json")).Expect(0);
        (await alice.RunAsync("config", "endpoint", "--add", "http://10.0.0.1:8025/")).Expect(0);
        Assert.Equal("https://a.example\nhttp://10.0.0.1:8025\n", (await alice.RunAsync("config", "endpoint")).Expect(0).Text);
        (await alice.RunAsync("config", "endpoint", "--unset", "https://a.example")).Expect(0);
        (await alice.RunAsync("config", "name", "Alice", "Liddell")).Expect(0);

        JsonElement card = await alice.JsonAsync("card");
        Assert.Equal("Alice Liddell", card.GetProperty("name").GetString());
        Assert.Equal(4, card.GetProperty("seq").GetInt32());
        Assert.Equal("http://10.0.0.1:8025", card.GetProperty("endpoints")[0].GetString());
        (await alice.RunAsync("config", "endpoint", "ftp://a.example")).Expect(2);
        Assert.Contains("'endpoint'", (await alice.RunAsync("config", "endpiont", "x")).Expect(2).Errors);
    }
}

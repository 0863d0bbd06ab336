using System.Text.Json;
using Defms.Core.Identities;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class InitTests
{
    [Fact]
    public async Task Init_prints_identity_address_card_and_recovery_code()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        using Person other = await Person.MakeAsync("Other", "other@a.example");
        Result result = await Programs.RunAsync(["init", "--name", "Bob", "--address", "bob@b.example", "--home", alice.File("second"), "--json"]);

        JsonElement made = result.Expect(0).Json;
        Assert.Equal(["id", "address", "card", "recovery"], made.EnumerateObject().Select(property => property.Name));
        Assert.True(RecoverySeed.TryParseCode(made.GetProperty("recovery").GetString()!, out RecoverySeed seed));
        Assert.Equal(seed.Identity.ToString(), made.GetProperty("id").GetString());
        Assert.True(Card.TryParse(made.GetProperty("card").GetString()!, out Card? card, out _));
        Assert.Equal("bob@b.example", Assert.Single(card.Addresses));
        Assert.NotEqual(alice.Id, other.Id);
        seed.Dispose();
    }

    [Fact]
    public async Task A_second_init_is_refused_and_changes_nothing()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");

        Result second = await alice.RunAsync("init", "--name", "Mallory", "--address", "mallory@a.example");

        second.Expect(1);
        Assert.Contains("already a Defms home", second.Errors);
        Assert.Equal(alice.Card, (await alice.RunAsync("card")).Text.Trim());
    }

    [Theory]
    [InlineData("Alice", "alice")]
    [InlineData("Alice", "alice@")]
    [InlineData("Al\u202Eice", "alice@a.example")]
    [InlineData(" ", "alice@a.example")]
    public async Task What_no_card_can_carry_makes_no_home(string name, string address)
    {
        string home = Path.Combine(Path.GetTempPath(), $"defms-none-{Environment.ProcessId}-{name.Length}-{address.Length}");

        (await Programs.RunAsync(["init", "--name", name, "--address", address, "--home", home])).Expect(2);

        Assert.False(Directory.Exists(home));
    }

    [Fact]
    public async Task A_passphrase_locks_the_identity_and_not_the_mail()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        string home = alice.File("locked");
        string[] init = ["init", "--name", "Lock", "--address", "lock@a.example", "--home", home];
        var right = new Dictionary<string, string> { ["DEFMS_PASSPHRASE"] = "correct horse" };
        var wrong = new Dictionary<string, string> { ["DEFMS_PASSPHRASE"] = "wrong horse" };

        (await Programs.RunAsync(init, variables: right)).Expect(0);
        string[] send = ["send", "--to", "lock@a.example", "--body", "note to myself", "--home", home];

        Assert.Contains("locked", (await Programs.RunAsync(send)).Expect(1).Errors);
        Assert.Contains("passphrase is wrong", (await Programs.RunAsync(send, variables: wrong)).Expect(1).Errors);
        (await Programs.RunAsync(send, variables: right)).Expect(0);
        Assert.Equal(1, (await Programs.RunAsync(["threads", "--json", "--home", home])).Expect(0).Json.GetArrayLength());
    }

    [Fact]
    public async Task A_folder_that_is_no_home_is_said_to_be_none()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");

        Result result = await Programs.RunAsync(["threads", "--home", alice.File("elsewhere")]);

        Assert.Contains("no Defms home", result.Expect(1).Errors);
        Assert.False(Directory.Exists(alice.File("elsewhere")));
    }

    [Fact]
    public async Task A_home_newer_than_the_program_is_left_alone()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        string store = Path.Combine(alice.Home, "store.db");
        byte[] file = await File.ReadAllBytesAsync(store);
        // The four octets of PRAGMA user_version (sqlite.org/fileformat2.html, section 1.3).
        file[60] = 0x7F;
        await File.WriteAllBytesAsync(store, file);

        Assert.Contains("Update Defms", (await alice.RunAsync("threads")).Expect(1).Errors);

        Assert.Equal(file, await File.ReadAllBytesAsync(store));
    }
}

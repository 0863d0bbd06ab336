using System.Diagnostics;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>Several machines of one person, as real processes.</summary>
public sealed class DeviceTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("defms-devices-").FullName;

    private string Laptop => Path.Combine(folder, "laptop");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Two_machines_of_one_person_are_paired_and_come_to_the_same_mailbox()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await using Daemon daemon = await Daemon.StartAsync(alice);
            (string first, string thread) = await alice.SendAsync(bob.Address, "From the desk", "--body", "one");
            await PairAsync(alice, daemon.Url);
            Assert.Equal([thread], await ThreadsAsync(Laptop));
            Assert.Equal(["Desk", "Laptop"], (await OnAsync(Laptop, "device", "list")).EnumerateArray().Select(one => one.GetProperty("name").GetString()).Order());
            JsonElement reply = await OnAsync(Laptop, "send", "--to", bob.Address, "--subject", "From the laptop", "--body", "two");
            await OnAsync(Laptop, "mark", first, "--flag");
            await OnAsync(Laptop, "sync");
            Assert.Contains(reply.GetProperty("thread").GetString(), await ThreadsAsync(alice.Home));
            JsonElement shown = await OnAsync(alice.Home, "show", thread);
            Assert.Contains("flagged", shown.GetProperty("messages")[0].GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
            Assert.Equal(bob.Id, (await OnAsync(Laptop, "contact", "show", bob.Address)).GetProperty("id").GetString());
        }
    }

    [Fact]
    public async Task A_machine_is_paired_by_pasting_where_there_is_no_daemon_and_only_with_the_right_code()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Process joining = Join();
        JsonElement shown = await LineAsync(joining);
        string request = shown.GetProperty("request").GetString()!;
        (await alice.RunAsync("device", "pair", request)).Expect(2);
        Assert.Contains("Nothing was handed over", (await alice.RunAsync("device", "pair", request, "--check", "0000-0000-0000")).Expect(1).Errors);
        JsonElement answer = await alice.JsonAsync("device", "pair", request, "--check", shown.GetProperty("check").GetString()!);
        await joining.StandardInput.WriteLineAsync(answer.GetProperty("answer").GetString());
        joining.StandardInput.Close();
        JsonElement joined = await LineAsync(joining);
        Assert.Equal(alice.Id, joined.GetProperty("id").GetString());
        await EndAsync(joining, 0);
        Assert.Equal(alice.Id, (await OnAsync(Laptop, "status")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_lost_laptop_is_recovered_from_a_contact_alone_and_its_keys_are_worth_nothing()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        await using Daemon daemon = await Daemon.StartAsync(bob);
        (await bob.RunAsync("contact", "add", alice.Card)).Expect(0);
        (await alice.RunAsync("contact", "add", (await bob.JsonAsync("card")).GetProperty("card").GetString()!)).Expect(0);
        (string message, string thread) = await alice.SendAsync(bob.Address, "Hello", "--body", "before the loss");
        (await bob.RunAsync("reply", thread, "--body", "an answer")).Expect(0);
        (await alice.RunAsync("sync")).Expect(0);

        JsonElement holder = Assert.Single((await alice.JsonAsync("status", thread)).GetProperty("holders").EnumerateArray());
        Assert.Equal((bob.Id, false), (holder.GetProperty("id").GetString(), holder.GetProperty("same").GetBoolean()));
        Assert.Contains("held another state", (await alice.RunAsync("status", thread)).Expect(0).Text);

        JsonElement recovered = await RecoverAsync(alice.Recovery, "init", "--recover", "--peer", daemon.Url);
        Assert.Equal((alice.Id, 1, 2), (recovered.GetProperty("id").GetString(), recovered.GetProperty("epoch").GetInt32(), recovered.GetProperty("received").GetInt32()));
        Assert.Equal([thread], await ThreadsAsync(Laptop));
        Assert.Equal((await alice.RunAsync("cat", message)).Octets, (await RunAsync(Laptop, "cat", message)).Octets);

        Assert.Contains("replaced", (await alice.RunAsync("reply", thread, "--body", "it was me")).Expect(4).Errors);
        JsonElement mine = await OnAsync(Laptop, "reply", thread, "--body", "it is me again");
        Assert.NotEqual(thread, mine.GetProperty("thread").GetString());
        Assert.Equal("stored", mine.GetProperty("recipients")[0].GetProperty("state").GetString());
        Assert.DoesNotContain(mine.GetProperty("thread").GetString(), await ThreadsAsync(alice.Home));
        Assert.Contains("older than the one you have", (await bob.RunAsync("contact", "add", alice.Card)).Expect(1).Errors);
    }

    [Fact]
    public async Task The_surviving_machine_begins_the_next_epoch_when_another_is_removed_with_the_recovery_code()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using (Daemon daemon = await Daemon.StartAsync(alice))
            await PairAsync(alice, daemon.Url);
        Assert.Contains("machine you are at", (await alice.RunAsync("device", "remove", "Desk")).Expect(2).Errors);
        var code = new Dictionary<string, string> { ["DEFMS_RECOVERY"] = alice.Recovery };
        Result removed = await Programs.RunAsync(["device", "remove", "Laptop", "--recover", "--json", "--home", alice.Home], variables: code);
        Assert.Equal(1, removed.Expect(0).Json.GetProperty("epoch").GetInt32());
        Assert.Equal(1, (await alice.JsonAsync("card")).GetProperty("epoch").GetInt32());
        await using Daemon again = await Daemon.StartAsync(alice);
        (await alice.RunAsync("config", "name", "Alice Two")).Expect(0);
        // The thief asks where the card that he has says, and elsewhere: he is told nothing.
        (await Programs.RunAsync(["config", "endpoint", again.Url, "--home", Laptop])).Expect(0);
        JsonElement told = (await Programs.RunAsync(["sync", "--json", "--home", Laptop])).Expect(4).Json;
        Assert.Equal(0, told.GetProperty("received").GetInt32());
        Assert.Contains("replaced by newer ones", told.GetProperty("failed")[0].GetProperty("reason").GetString());
        Assert.Equal("Alice Example", (await OnAsync(Laptop, "card")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_machine_that_is_only_taken_off_the_list_is_said_to_keep_its_keys()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using Daemon daemon = await Daemon.StartAsync(alice);
        await PairAsync(alice, daemon.Url);
        Assert.Contains("keeps its keys", (await alice.RunAsync("device", "remove", "Laptop")).Expect(0).Errors);
        (await alice.RunAsync("device", "remove", "Laptop")).Expect(3);
    }

    [Fact]
    public async Task Recovering_without_knowing_the_epoch_or_with_a_wrong_code_is_refused()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        Assert.Contains("--epoch", (await TryRecoverAsync(alice.Recovery, "init", "--recover")).Expect(2).Errors);
        Assert.Contains("no recovery code", (await TryRecoverAsync("AAAA", "init", "--recover", "--epoch", "1")).Expect(1).Errors);
        Assert.Contains("--name", (await TryRecoverAsync(alice.Recovery, "init", "--recover", "--epoch", "1")).Expect(2).Errors);
        Assert.False(Directory.Exists(Path.Combine(Laptop, "identity")));
        JsonElement recovered = await RecoverAsync(alice.Recovery, "init", "--recover", "--epoch", "1", "--name", "Alice", "--address", "alice@a.example");
        Assert.Equal(alice.Id, recovered.GetProperty("id").GetString());
    }

    private async Task PairAsync(Person old, string url)
    {
        using Process joining = Join("--from", url);
        JsonElement shown = await LineAsync(joining);
        (await old.RunAsync("device", "pair", shown.GetProperty("request").GetString()!, "--check", shown.GetProperty("check").GetString()!, "--name", "Desk")).Expect(0);
        Assert.Equal(old.Id, (await LineAsync(joining)).GetProperty("id").GetString());
        await EndAsync(joining, 0);
    }

    private Process Join(params string[] more) =>
        Programs.Start("Defms.Cli", "defms", ["device", "pair", "--name", "Laptop", "--json", "--home", Laptop, .. more]);

    private static async Task<JsonElement> LineAsync(Process process)
    {
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
        Assert.True(line is not null, line is null ? await process.StandardError.ReadToEndAsync() : "");
        using JsonDocument document = JsonDocument.Parse(line!);
        return document.RootElement.Clone();
    }

    private static async Task EndAsync(Process process, int exitCode)
    {
        await process.WaitForExitAsync().WaitAsync(Limit);
        Assert.Equal(exitCode, process.ExitCode);
    }

    private static async Task<JsonElement> OnAsync(string home, params string[] arguments) =>
        (await Programs.RunAsync([.. arguments, "--json", "--home", home])).Expect(0).Json;

    private static async Task<Result> RunAsync(string home, params string[] arguments) => (await Programs.RunAsync([.. arguments, "--home", home])).Expect(0);

    private static async Task<List<string?>> ThreadsAsync(string home) =>
        [.. (await OnAsync(home, "threads")).EnumerateArray().SelectMany(row => row.GetProperty("branches").EnumerateArray())
            .Select(branch => branch.GetProperty("thread").GetString()).Distinct()];

    private Task<Result> TryRecoverAsync(string code, params string[] arguments) =>
        Programs.RunAsync([.. arguments, "--json", "--home", Laptop], variables: new Dictionary<string, string> { ["DEFMS_RECOVERY"] = code });

    private async Task<JsonElement> RecoverAsync(string code, params string[] arguments) => (await TryRecoverAsync(code, arguments)).Expect(0).Json;
}

using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>The gateway's commands, its configuration and its exit codes.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Accounts_are_added_listed_and_removed()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        await File.WriteAllTextAsync(alice.File("alice.card"), $"My card:\n{alice.Card}\n\nBye", TestContext.Current.CancellationToken);

        (await gateway.CommandAsync("account", "add", "ALICE@a.example", alice.File("alice.card"))).Expect(0);
        (await gateway.CommandAsync("account", "add", "*@B.example", alice.Card)).Expect(0);
        Assert.Contains("Note:", (await gateway.CommandAsync("account", "add", "bob@a.example", alice.Card)).Expect(0).Errors, StringComparison.Ordinal);
        (await gateway.CommandAsync("account", "remove", "bob@a.example")).Expect(0);
        Assert.Equal(
            $"alice@a.example\t{alice.Id}\tAlice Example\n*@b.example\t{alice.Id}\tAlice Example\n",
            (await gateway.CommandAsync("account", "list")).Expect(0).Text);

        (await gateway.CommandAsync("account", "remove", "alice@a.example")).Expect(0);
        Assert.Equal($"*@b.example\t{alice.Id}\tAlice Example\n", (await gateway.CommandAsync("account", "list")).Expect(0).Text);
        (await gateway.CommandAsync("account", "remove", "alice@a.example")).Expect(3);
        (await gateway.CommandAsync("account", "add", "alice", alice.Card)).Expect(2);
        (await gateway.CommandAsync("account", "add", "alice@a.example", "no-such-file")).Expect(3);
        (await gateway.CommandAsync("account", "add", "alice@a.example", (await gateway.CommandAsync("card")).Text.Trim())).Expect(2);
        (await gateway.CommandAsync("account", "rename")).Expect(2);
    }

    [Fact]
    public async Task The_records_of_a_domain_name_the_gateway()
    {
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        string zone = (await gateway.CommandAsync("dns", "a.example")).Expect(0).Text;
        Assert.Contains("a.example. IN MX 10 mx.a.example.\n", zone, StringComparison.Ordinal);
        Assert.Contains("_dmarc.a.example. IN TXT", zone, StringComparison.Ordinal);
        (await gateway.CommandAsync("dns", "not a domain")).Expect(2);
    }

    [Fact]
    public async Task What_is_wrong_with_the_configuration_is_named_with_key_and_reason()
    {
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync("max-mail = huge\nmax-male = 1\n");
        Result refused = await gateway.CommandAsync("--print-config");
        Assert.Contains("gateway.conf, line 13: there is no key 'max-male' in [smtp].", refused.Expect(2).Errors, StringComparison.Ordinal);

        await using GatewayProgram other = await GatewayProgram.MakeAsync("max-mail = huge\nsubmission = here\n[outgoing]\ntls = perhaps\ntls-required-for = a.example, b c\n[imap work]\nhost = imap.example\n");
        Result printed = await other.CommandAsync("--print-config");
        Assert.Contains("sender-policy = off\n", printed.Expect(2).Text, StringComparison.Ordinal);
        Assert.Contains("smtp.max-mail: 'huge' is not a size such as 500m or 20g. (gateway.conf, line 12)", printed.Errors, StringComparison.Ordinal);
        Assert.Contains("smtp.submission: 'here' is not an IP address", printed.Errors, StringComparison.Ordinal);
        Assert.Contains("outgoing.tls: 'perhaps' is not one of opportunistic, required.", printed.Errors, StringComparison.Ordinal);
        Assert.Contains("outgoing.tls-required-for: 'b c' is no domain.", printed.Errors, StringComparison.Ordinal);
        Assert.Contains("imap work.user: is needed", printed.Errors, StringComparison.Ordinal);
        Assert.Contains("imap work.password-file: exactly one of", printed.Errors, StringComparison.Ordinal);
        Assert.Equal("", (await other.CommandAsync()).Expect(2).Text);
    }

    [Fact]
    public async Task A_variable_goes_before_the_file_and_one_that_means_nothing_is_told()
    {
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        string[] print = ["--config", gateway.ConfigPath, "--print-config"];
        Result set = await Programs.RunAsync("Defms.Gateway", "defms-gateway", print, null, One("DEFMS_GATEWAY_SMTP_MAX_MAIL", "1m"));
        Assert.Contains("# largest mail (DEFMS_GATEWAY_SMTP_MAX_MAIL)\nmax-mail = 1m\n", set.Expect(0).Text, StringComparison.Ordinal);
        Result slip = await Programs.RunAsync("Defms.Gateway", "defms-gateway", print, null, One("DEFMS_GATEWAY_SMTP_MAXMAIL", "1m"));
        Assert.Contains("DEFMS_GATEWAY_SMTP_MAXMAIL: ", slip.Expect(2).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_version_and_what_is_not_there_have_their_exit_codes()
    {
        Assert.Contains("account add", (await RunAsync("--help")).Expect(0).Text, StringComparison.Ordinal);
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", (await RunAsync("--version")).Expect(0).Text);
        Assert.Contains("There is no option '--frob'", (await RunAsync("--frob")).Expect(2).Errors, StringComparison.Ordinal);
        (await RunAsync("--config", "/no/such/file")).Expect(3);
        Assert.Contains("gateway.home: is needed", (await RunAsync()).Expect(2).Errors, StringComparison.Ordinal);
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        (await gateway.CommandAsync("init")).Expect(1);
        Result elsewhere = await Programs.RunAsync(
            "Defms.Gateway", "defms-gateway", ["--config", gateway.ConfigPath], null, One("DEFMS_GATEWAY_GATEWAY_HOME", gateway.Temporary));
        Assert.Contains("gateway.home: there is no home", elsewhere.Expect(3).Errors, StringComparison.Ordinal);
    }

    private static Task<Result> RunAsync(params string[] words) => Programs.RunAsync("Defms.Gateway", "defms-gateway", words);

    private static Dictionary<string, string> One(string name, string value) => new() { [name] = value };
}

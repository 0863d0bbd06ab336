using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary><c>defms demo --legacy</c>, whose every claim is checked by itself.</summary>
public sealed class LegacyDemoTests
{
    [Fact]
    public async Task The_story_of_a_gateway_holds_with_the_server_that_is_built_in()
    {
        (Result told, JsonElement document) = await TellAsync("--built-in");

        Assert.True(document.GetProperty("holds").GetBoolean(), told.Errors);
        Assert.Equal(18, document.GetProperty("checks").GetInt32());
        Assert.Contains("built into this program", told.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("apt-get", told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_story_of_a_gateway_holds_with_Postfix_and_Dovecot()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/postfix"), "Needs Postfix (package postfix).");
        Assert.SkipUnless(File.Exists("/usr/sbin/dovecot"), "Needs Dovecot (package dovecot-imapd).");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root: Postfix starts for root only.");
        (Result told, JsonElement document) = await TellAsync();

        Assert.True(document.GetProperty("holds").GetBoolean(), told.Errors);
        Assert.SkipWhen(told.Errors.Contains("speaks the configuration of 2.3", StringComparison.Ordinal), "Needs Dovecot 2.3.");
        Assert.Equal(20, document.GetProperty("checks").GetInt32());
        Assert.Contains("Carol's mail server is Postfix", told.Errors, StringComparison.Ordinal);
        Assert.Contains("from Dovecot", told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_servers_are_missing_it_says_how_to_install_them_and_asks_nobody_without_a_terminal()
    {
        Assert.SkipWhen(File.Exists("/usr/sbin/postfix") || File.Exists("/usr/sbin/dovecot"), "Postfix or Dovecot is installed.");
        (Result told, JsonElement document) = await TellAsync();

        Assert.True(document.GetProperty("holds").GetBoolean(), told.Errors);
        Assert.Contains("sudo apt-get install --no-install-recommends postfix dovecot-imapd", told.Errors, StringComparison.Ordinal);
    }

    private static Task<(Result Told, JsonElement Document)> TellAsync(params string[] options) => Demo.TellAsync(["--legacy", .. options]);
}

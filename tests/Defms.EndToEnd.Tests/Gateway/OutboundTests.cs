using System.Text;
using System.Text.Json;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>Mail to the old world: a person's program, the gateway's process, another mail server, and the word what became of it.</summary>
public sealed class OutboundTests
{
    private const string Carol = "carol@old.example";
    private const string Nobody = "nobody@old.example";

    [Fact]
    public async Task Mail_leaves_by_the_gateway_and_the_remote_reply_comes_back()
    {
        await using var hop = new NextHop();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await gateway.ServeAsync(alice, alice.Address);

        (string message, string thread) = await alice.SendAsync(Carol, "Lunch", "--bcc", Nobody, "--body", "Friday?");

        Dictionary<string, (string State, string Detail)> fates = await Fates.OfAsync(alice, thread, shown => shown.Values.All(fate => fate.State is "smtp" or "failed"));
        Assert.Equal(("smtp", "250 2.0.0 Queued as 4F2A"), fates[Carol]);
        Assert.Equal("failed", fates[Nobody].State);
        Assert.Contains("550 5.1.1 No such person", fates[Nobody].Detail, StringComparison.Ordinal);
        (string[] envelope, string octets) = Assert.Single(hop.Mails);
        Assert.StartsWith("MAIL FROM:<alice@a.example>", envelope[0], StringComparison.Ordinal);
        string stored = Encoding.Latin1.GetString((await alice.RunAsync("cat", message)).Expect(0).Octets).ReplaceLineEndings("\r\n");
        Assert.EndsWith(stored, octets, StringComparison.Ordinal);
        Assert.Contains("Defms-Card:", octets[..^stored.Length], StringComparison.Ordinal);
        Assert.DoesNotContain("nobody", octets, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_account_and_who_writes_in_another_name_is_refused()
    {
        await using var hop = new NextHop();
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person mallory = await Person.MakeAsync("Mallory", "mallory@m.example");
        await using GatewayProgram gateway = await MakeAsync(hop);
        await gateway.ServeAsync(alice, "else@a.example");
        (await mallory.RunAsync("config", "gateway", gateway.Card)).Expect(0);

        JsonElement byMallory = await SendAsync(mallory);
        JsonElement byAlice = await SendAsync(alice);

        Assert.NotEqual("smtp", byMallory.GetProperty("state").GetString());
        Assert.Equal("failed", byAlice.GetProperty("state").GetString());
        Assert.Contains("no address of its sender", byAlice.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(hop.Mails);
    }

    private static async Task<GatewayProgram> MakeAsync(NextHop hop)
    {
        GatewayProgram gateway = await GatewayProgram.MakeAsync(
            $"[outgoing]\nsend = smarthost\nsmarthost = 127.0.0.1\nsmarthost-port = {hop.Port}\nsmarthost-security = insecure\n");
        await gateway.StartAsync();
        return gateway;
    }

    /// <summary>Sends to Carol; what is known of it then.</summary>
    private static async Task<JsonElement> SendAsync(Person person)
    {
        Result sent = await person.RunAsync("send", "--to", Carol, "--subject", "x", "--body", "y", "--json");
        JsonElement shown = await person.JsonAsync("show", sent.Json.GetProperty("thread").GetString()!);
        return shown.GetProperty("messages")[0].GetProperty("deliveries")[0];
    }
}

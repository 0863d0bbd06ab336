using System.Diagnostics;
using System.Net;
using System.Net.Http;
using Defms.Core.Mime;
using Defms.Core.Network;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>Cards of accounts that the gateway shows to whoever knows the address, where the account allows it.</summary>
public sealed class PublishedCardTests : IDisposable
{
    private readonly HttpClient client = new();

    [Fact]
    public async Task A_published_card_is_shown_and_others_cannot_be_told_from_addresses_that_are_not_there()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        using Person carol = await Person.MakeAsync("Carol", "carol@c.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        await gateway.StartAsync();
        await gateway.ServeAsync(alice, alice.Address);
        string url = UrlOf(gateway, alice.Address);
        (HttpStatusCode Status, string Text) nobody = await AskAsync(UrlOf(gateway, "nobody@a.example"));
        Assert.Equal(HttpStatusCode.NotFound, nobody.Status);
        Assert.Equal(nobody, await AskAsync(url));
        (await carol.RunAsync("contact", "add", url)).Expect(1);

        (await gateway.CommandAsync("account", "publish", "Alice@A.example", "on")).Expect(0);
        Assert.EndsWith("\tAlice Example\tpublic\n", (await gateway.CommandAsync("account", "list")).Expect(0).Text, StringComparison.Ordinal);
        await AssertShownAsync(url, HttpStatusCode.OK);
        Assert.Equal((await alice.RunAsync("card")).Text, (await AskAsync(url)).Text);
        Assert.Equal(alice.Id, (await carol.JsonAsync("contact", "add", url)).GetProperty("id").GetString());

        (await gateway.CommandAsync("account", "publish", alice.Address, "off")).Expect(0);
        await AssertShownAsync(url, HttpStatusCode.NotFound);
        Assert.Equal(nobody, await AskAsync(url));
        await AssertGuessingEndsAsync(gateway);
    }

    [Fact]
    public async Task Only_a_single_address_that_stands_on_the_card_is_published()
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        await using GatewayProgram gateway = await GatewayProgram.MakeAsync();
        foreach (string address in (string[])[alice.Address, "other@a.example", "*@a.example"])
            (await gateway.CommandAsync("account", "add", address, alice.Card)).Expect(0);
        Assert.Contains("does not stand on its owner's card", (await gateway.CommandAsync("account", "publish", "other@a.example", "on")).Expect(1).Errors, StringComparison.Ordinal);
        (await gateway.CommandAsync("account", "publish", "*@a.example", "on")).Expect(2);
        (await gateway.CommandAsync("account", "publish", alice.Address, "maybe")).Expect(2);
        (await gateway.CommandAsync("account", "publish", "nobody@a.example", "on")).Expect(3);
    }

    [Fact]
    public async Task An_address_whose_domain_shows_no_card_is_told()
    {
        using Person carol = await Person.MakeAsync("Carol", "carol@c.example");
        Assert.Contains("defms.invalid", (await carol.RunAsync("contact", "add", "alice@defms.invalid")).Expect(1).Errors, StringComparison.Ordinal);
    }

    public void Dispose() => client.Dispose();

    private static string UrlOf(GatewayProgram gateway, string text)
    {
        Assert.True(MailAddress.TryParse(text, out MailAddress address));
        return gateway.Url + AddressCard.UrlOf(address).AbsolutePath;
    }

    private async Task<(HttpStatusCode Status, string Text)> AskAsync(string url)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri(url));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The running program looks every second.</summary>
    private async Task AssertShownAsync(string url, HttpStatusCode status)
    {
        long start = Stopwatch.GetTimestamp();
        while ((await AskAsync(url)).Status != status)
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2), $"the gateway does not answer {status}");
    }

    private async Task AssertGuessingEndsAsync(GatewayProgram gateway)
    {
        HttpStatusCode status = HttpStatusCode.NotFound;
        for (int i = 0; i < 5_000 && status == HttpStatusCode.NotFound; i++)
            status = (await AskAsync(UrlOf(gateway, $"guess{i}@a.example"))).Status;
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
    }
}

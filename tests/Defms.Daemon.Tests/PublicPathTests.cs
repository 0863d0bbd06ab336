using System.Net;
using System.Text.Json;
using Defms.Core.Network;
using Defms.Daemon.Tests.Fixtures;

namespace Defms.Daemon.Tests;

public sealed class PublicPathTests
{
    [Fact]
    public async Task The_owners_card_is_fetched_by_its_url()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        using var fetcher = new CardFetcher();
        Assert.Equal(bob.Card, await fetcher.FetchAsync(new Uri(bob.Url, PeerProtocol.CardPath), CancellationToken.None));
    }

    [Fact]
    public async Task Health_is_told_to_anybody()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        using var client = new RawClient(bob.Url);
        (HttpStatusCode status, string text) = await client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, status);
        using JsonDocument health = JsonDocument.Parse(text);
        Assert.Equal("ok", health.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Metrics_count_requests_messages_and_what_waits_and_name_nobody()
    {
        await using Couple couple = await Couple.MeetAsync();
        couple.Alice.Send("A secret subject", couple.Bob);
        await couple.Alice.DeliverAsync();
        couple.Bob.Reply(couple.Bob.Store.Read(tables => tables.Threads.All().First().Thread), "waiting");
        couple.Bob.Outbox.Announce();
        using var client = new RawClient(couple.Bob.Url);
        await client.GetAsync("/nowhere");
        string metrics = (await client.GetAsync("/metrics")).Text;
        Assert.Contains("defms_requests_total{kind=\"announcements\",status=\"200\"} 1\n", metrics);
        Assert.Contains("defms_requests_total{kind=\"unknown\",status=\"404\"} 1\n", metrics);
        Assert.Contains("defms_messages_taken_total 1\n", metrics);
        Assert.Contains("defms_outbox_entries 1\n", metrics);
        Assert.DoesNotContain("secret", metrics);
        Assert.DoesNotContain("alice", metrics, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/defms/v1")]
    [InlineData("/defms/v1/announcements/")]
    [InlineData("/defms/v2/sync")]
    [InlineData("/ipfs/bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi?format=raw")]
    [InlineData("/.well-known/defms/")]
    [InlineData("/../../etc/passwd")]
    public async Task Unknown_paths_are_not_found(string path)
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        using var client = new RawClient(bob.Url);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path)).Status);
    }

    [Fact]
    public async Task A_request_by_another_method_is_told_the_right_one()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        using var client = new RawClient(bob.Url);
        (HttpStatusCode status, string text) = await client.GetAsync(PeerProtocol.SyncPath);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "ask with POST\n"), (status, text));
    }
}

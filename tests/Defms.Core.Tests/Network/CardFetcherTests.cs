using System.Text;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Network;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Network;

public sealed class CardFetcherTests
{
    [Fact]
    public async Task A_card_is_fetched_from_where_the_person_says()
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        using var identity = Identity.From(seed);
        Card card = identity.IssueCard(new Profile { Name = "Bob" });
        byte[] text = Encoding.UTF8.GetBytes($"\n{card}\n");
        await using var server = ScriptedServer.Answering($"HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: {text.Length}", text);
        using var fetcher = new CardFetcher();
        Assert.Equal(card, await fetcher.FetchAsync(new Uri(server.Url, "/cards/bob"), CancellationToken.None));
        Assert.Equal("GET /cards/bob HTTP/1.1", Assert.Single(server.Requests));
    }

    [Fact]
    public async Task What_is_no_card_or_never_ends_is_told()
    {
        await using var page = ScriptedServer.Answering("HTTP/1.1 200 OK\nContent-Length: 6", "<html>"u8.ToArray());
        await using var endless = ScriptedServer.Answering("HTTP/1.1 200 OK\nContent-Length: 99999999", new byte[100_000]);
        await using var elsewhere = ScriptedServer.Answering("HTTP/1.1 302 Found\nLocation: http://127.0.0.1:1/\nContent-Length: 0");
        using var fetcher = new CardFetcher();
        Assert.Contains("does not begin with 'defms:'", (await FaultAsync(fetcher, page.Url)).Message);
        Assert.Contains("too long for a card", (await FaultAsync(fetcher, endless.Url)).Message);
        Assert.Contains("redirects are not followed", (await FaultAsync(fetcher, elsewhere.Url)).Message);
    }

    [Theory]
    [InlineData("alice@example.org", "https://example.org/.well-known/defms/address/bpjsk34uhg7vja4m4xxyldkd2l3776n2tw6ojdvyx6t2bkpvnasma")]
    [InlineData("Carl@B\u00fccher.example", "https://xn--bcher-kva.example/.well-known/defms/address/bvsyjamqrl3ztiqwltni5jynzhdlvlpyk3upqkylt6g2kxlckyumq")]
    public void A_domain_shows_the_card_of_an_address_under_its_digest(string text, string url)
    {
        Assert.True(MailAddress.TryParse(text, out MailAddress address));
        Assert.Equal(url, AddressCard.UrlOf(address).ToString());
    }

    [Fact]
    public async Task A_card_that_a_domain_shows_counts_only_if_it_names_the_address_itself()
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        using var identity = Identity.From(seed);
        byte[] text = Encoding.UTF8.GetBytes(identity.IssueCard(new Profile { Name = "Bob", Addresses = ["bob@b.example"] }).ToString());
        await using var server = ScriptedServer.Answering($"HTTP/1.1 200 OK\nContent-Length: {text.Length}", text);
        await using var empty = ScriptedServer.Answering("HTTP/1.1 404 Not Found\nContent-Length: 0");
        using var fetcher = new CardFetcher();
        Assert.True(MailAddress.TryParse("Bob@B.example", out MailAddress bob) & MailAddress.TryParse("ben@b.example", out MailAddress ben));
        Assert.Equal("Bob", (await fetcher.FetchAsync(bob, server.Url, mayBePrivate: true, CancellationToken.None)).Name);
        Assert.Contains("does not name that address", (await FaultAsync(() => fetcher.FetchAsync(ben, server.Url, mayBePrivate: true, CancellationToken.None))).Message);
        Assert.StartsWith("b.example shows no card for ben@b.example.", (await FaultAsync(() => fetcher.FetchAsync(ben, empty.Url, mayBePrivate: true, CancellationToken.None))).Message);
        Assert.Equal(PeerFault.Unreachable, (await FaultAsync(() => fetcher.FetchAsync(bob, server.Url, mayBePrivate: false, CancellationToken.None))).Fault);
    }

    [Theory]
    [InlineData("https://bob.example/.well-known/defms/card", true)]
    [InlineData("http://127.0.0.1:4180/card", true)]
    [InlineData("https://user:secret@bob.example/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("defms:uabc", false)]
    [InlineData("card.txt", false)]
    public void Only_http_urls_are_fetched(string text, bool expected) => Assert.Equal(expected, CardFetcher.IsUrl(text, out _));

    private static Task<PeerException> FaultAsync(CardFetcher fetcher, Uri url) => FaultAsync(() => fetcher.FetchAsync(url, CancellationToken.None));

    private static Task<PeerException> FaultAsync(Func<Task<Card>> fetch) => Assert.ThrowsAsync<PeerException>(fetch);
}

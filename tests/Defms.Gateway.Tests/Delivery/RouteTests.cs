using System.Net;
using Defms.Core;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

public sealed class RouteTests
{
    private static readonly RouteOptions Options = new() { OwnNames = ["gw.example.com"] };

    [Fact]
    public async Task Hosts_come_by_preference_and_equals_by_lot()
    {
        var dns = new FakeExchangers().Mx("example.org", (20, "far.example"), (10, "one.example"), (10, "two.example"), (10, "three.example"))
            .Host("far.example", "8.0.0.9").Host("one.example", "8.0.0.1").Host("two.example", "8.0.0.2", "2600::2").Host("three.example", "8.0.0.3");
        var firsts = new HashSet<string>();
        for (int i = 0; i < 60; i++)
        {
            (IReadOnlyList<NextHop> hops, NoRoute? why) = await FindAsync(dns, Options, "b@example.org", new SeededRandom(i));
            Assert.Equal(5, hops.Count);
            Assert.Equal("far.example [8.0.0.9]", hops[^1].ToString());
            Assert.All(hops, hop => Assert.Equal(25, hop.Port));
            Assert.Null(why);
            firsts.Add(hops[0].Name);
        }
        Assert.Equal(3, firsts.Count);
    }

    [Theory]
    [InlineData("null.example", true, "5.1.10")]
    [InlineData("gone.example", true, "5.1.2")]
    [InlineData("broken.example", false, "4.4.3")]
    [InlineData("loop.example", true, "5.4.6")]
    [InlineData("private.example", true, "5.4.4")]
    [InlineData("bare.example", true, "5.4.4")]
    [InlineData("half.example", false, "4.4.3")]
    [InlineData("[127.0.0.1]", true, "5.4.4")]
    [InlineData("[IPv6:::1]", true, "5.4.4")]
    public async Task Where_there_is_no_server_the_reason_says_whether_to_try_again(string domain, bool isPermanent, string code)
    {
        var dns = new FakeExchangers().Mx("null.example", (0, "")).Mx("loop.example", (10, "GW.example.com"), (20, "other.example"))
            .Mx("private.example", (10, "inside.example")).Host("inside.example", "10.1.2.3", "::1", "fe80::1").Host("other.example", "8.0.0.1")
            .Mx("half.example", (10, "nowhere.example"), (20, "broken.example")).Mx("bare.example");
        dns.Broken.Add("broken.example");
        (IReadOnlyList<NextHop> hops, NoRoute? why) = await FindAsync(dns, Options, "b@" + domain);
        Assert.Empty(hops);
        Assert.Equal((isPermanent, code), (why!.Outcome == DeliveryOutcome.Permanent, why.Code.ToString()));
    }

    [Fact]
    public async Task A_domain_without_exchangers_is_its_own_and_a_literal_needs_no_question()
    {
        var dns = new FakeExchangers().Mx("example.org").Host("example.org", "8.0.0.1");
        Assert.Equal("example.org [8.0.0.1]", Assert.Single((await FindAsync(dns, Options, "b@example.org")).Hops).ToString());
        Assert.Equal(IPAddress.Parse("8.0.0.1"), Assert.Single((await FindAsync(dns, Options, "b@[8.0.0.1]")).Hops).Address);
        Assert.Equal(IPAddress.Parse("2600::1"), Assert.Single((await FindAsync(dns, Options, "b@[IPv6:2600::1]")).Hops).Address);
    }

    [Fact]
    public async Task Exchangers_behind_our_own_are_not_tried()
    {
        var dns = new FakeExchangers().Mx("example.org", (5, "main.example"), (10, "gw.example.com"), (10, "peer.example"), (20, "far.example"))
            .Host("main.example", "8.0.0.1").Host("peer.example", "8.0.0.2").Host("far.example", "8.0.0.3");
        Assert.Equal("main.example", Assert.Single((await FindAsync(dns, Options, "b@example.org")).Hops).Name);
    }

    [Fact]
    public async Task A_smarthost_takes_all_and_may_be_private()
    {
        var dns = new FakeExchangers().Host("smart.example", "10.0.0.1");
        RouteOptions options = Options with { Smarthost = new Smarthost("smart.example", 465, TlsPolicy.Implicit, null) };
        NextHop hop = Assert.Single((await FindAsync(dns, options, "b@example.org")).Hops);
        Assert.Equal(("smart.example [10.0.0.1]", 465), (hop.ToString(), hop.Port));
    }

    private static async Task<(IReadOnlyList<NextHop> Hops, NoRoute? Why)> FindAsync(
        IMailExchangers dns, RouteOptions options, string recipient, RandomSource? random = null)
    {
        var finder = new RouteFinder(dns, options, random ?? new SeededRandom(1));
        var hops = new List<NextHop>();
        await foreach (NextHop hop in finder.FindAsync(Destination.Of(Talk.Address(recipient), options.Smarthost), CancellationToken.None))
            hops.Add(hop);
        return (hops, finder.Why);
    }
}

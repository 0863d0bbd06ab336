using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

public sealed class CarrierTests
{
    private static readonly FakeExchangers Dns = new FakeExchangers().Mx("example.org", (10, "one.example"), (20, "two.example"), (30, "three.example"))
        .Host("one.example", "8.0.0.1", "8.0.1.1").Host("two.example", "8.0.0.2").Host("three.example", "8.0.0.3");

    [Fact]
    public async Task Addresses_are_tried_in_turn_until_a_server_lets_us_in()
    {
        var network = new ScriptedNetwork().At("8.0.1.1", BusyAsync).At("8.0.0.2", BreaksAfterMailAsync).At("8.0.0.3", GoodAsync);
        CarriedMail carried = await CarryAsync(network);
        Assert.Equal(["8.0.0.1", "8.0.1.1", "8.0.0.2", "8.0.0.3"], network.Dialed);
        Assert.Equal((DeliveryOutcome.Delivered, "three.example [8.0.0.3]"), (carried.Results[0].Outcome, carried.Results[0].Remote));
        Assert.False(carried.IsUnreachable);
        await carried.Session!.DisposeAsync();
        await Task.WhenAll(network.Conversations);
    }

    [Fact]
    public async Task Where_nobody_lets_us_in_the_first_reason_is_told_and_others_need_not_try()
    {
        var network = new ScriptedNetwork().At("8.0.0.1", BusyAsync);
        CarriedMail carried = await CarryAsync(network);
        Assert.Equal(4, network.Dialed.Count);
        Assert.Equal((DeliveryOutcome.Temporary, "554 5.3.2 go away", true), (carried.Results[0].Outcome, carried.Results[0].Text, carried.IsUnreachable));
        Assert.Null(carried.Session);
    }

    [Fact]
    public async Task A_refusal_of_the_recipient_is_final_and_no_other_server_is_asked()
    {
        var network = new ScriptedNetwork().At("8.0.0.1", async server =>
        {
            await server.GreetAsync();
            await server.AnswerAsync("MAIL", "250 ok");
            await server.AnswerAsync("RCPT", "550 5.1.1 unknown");
            await server.HearTheRestAsync();
        });
        CarriedMail carried = await CarryAsync(network);
        Assert.Equal(["8.0.0.1"], network.Dialed);
        Assert.Equal(DeliveryOutcome.Permanent, carried.Results[0].Outcome);
        await carried.Session!.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_whose_end_was_sent_is_not_given_to_another_server()
    {
        var network = new ScriptedNetwork().At("8.0.0.2", GoodAsync).At("8.0.0.1", async server =>
        {
            await server.GreetAsync();
            await server.AnswerAsync("MAIL", "250 ok");
            await server.AnswerAsync("RCPT", "250 ok");
            await server.AnswerAsync("DATA", "354 go");
            await server.HearDataAsync();
        });
        CarriedMail carried = await CarryAsync(network);
        Assert.Equal(["8.0.0.1"], network.Dialed);
        Assert.Equal((DeliveryOutcome.Temporary, "4.4.2"), (carried.Results[0].Outcome, carried.Results[0].Code?.ToString()));
    }

    [Fact]
    public async Task A_kept_session_that_has_died_is_replaced_within_the_attempt()
    {
        var first = new ScriptedNetwork().At("8.0.0.1", async server =>
        {
            await server.GreetAsync();
            await server.AnswerAsync("MAIL", "250 ok");
            await server.AnswerAsync("RCPT", "250 ok");
            await server.AnswerAsync("DATA", "354 go");
            await server.HearDataAsync();
            await server.SayAsync("250 ok");
        });
        CarriedMail once = await CarryAsync(first);
        await Task.WhenAll(first.Conversations);
        var second = new ScriptedNetwork().At("8.0.0.1", GoodAsync);
        CarriedMail again = await CarryAsync(second, once.Session);
        Assert.Equal((DeliveryOutcome.Delivered, 1), (again.Results[0].Outcome, second.Dialed.Count));
        await again.Session!.DisposeAsync();
    }

    [Fact]
    public async Task A_broken_handshake_is_tried_again_in_the_clear_where_TLS_is_opportunistic_and_only_there()
    {
        foreach (TlsPolicy policy in new[] { TlsPolicy.Opportunistic, TlsPolicy.Required })
        {
            int connections = 0;
            var network = new ScriptedNetwork().At("8.0.0.1", async server =>
            {
                await server.GreetAsync("STARTTLS");
                if (Interlocked.Increment(ref connections) == 1)
                    await server.AnswerAsync("STARTTLS", "220 go");
                else
                    await server.TakeAllAsync();
            });
            CarriedMail carried = await CarryAsync(network, policy: policy);
            Assert.Equal(policy == TlsPolicy.Opportunistic ? DeliveryOutcome.Delivered : DeliveryOutcome.Temporary, carried.Results[0].Outcome);
            Assert.Equal(policy == TlsPolicy.Opportunistic ? 2 : 1, connections);
            if (carried.Session is not null)
                await carried.Session.DisposeAsync();
        }
    }

    [Fact]
    public async Task Null_MX_fails_without_a_connection()
    {
        var network = new ScriptedNetwork();
        CarriedMail carried = await CarryAsync(network, dns: new FakeExchangers().Mx("example.org", (0, "")));
        Assert.Equal((DeliveryOutcome.Permanent, "5.1.10"), (carried.Results[0].Outcome, carried.Results[0].Code?.ToString()));
        Assert.Empty(network.Dialed);
    }

    [Theory]
    [InlineData(false, "other.example", true)]
    [InlineData(false, "EXAMPLE.org", false)]
    [InlineData(true, "other.example", false)]
    public async Task Where_TLS_is_required_for_all_or_for_a_domain_nothing_is_sent_in_the_clear(bool isForAll, string requiredFor, bool isSent)
    {
        ScriptedNetwork network = new ScriptedNetwork().At("8.0.0.1", isSent ? GoodAsync : OffersNoTlsAsync);
        CarriedMail carried = await CarryAsync(network, policy: isForAll ? TlsPolicy.Required : TlsPolicy.Opportunistic, requiredFor: requiredFor);
        Assert.Equal(isSent ? DeliveryOutcome.Delivered : DeliveryOutcome.Temporary, carried.Results[0].Outcome);
        if (!isSent)
            Assert.Equal("TLS is required, and the server does not offer it", carried.Results[0].Text);
        if (carried.Session is { } session)
            await session.DisposeAsync();
    }

    private static async Task<CarriedMail> CarryAsync(
        ScriptedNetwork network, SmtpSession? kept = null, TlsPolicy policy = TlsPolicy.Opportunistic, FakeExchangers? dns = null, string? requiredFor = null)
    {
        var carrier = new MailCarrier(
            dns ?? Dns, new RouteOptions { OwnNames = [] },
            new CarrierOptions { OwnName = "gw.example.com", Tls = policy, TlsRequiredFor = new HashSet<string>([requiredFor ?? "none.example"], StringComparer.OrdinalIgnoreCase) },
            network, TimeProvider.System, new SeededRandom(1));
        return await carrier.CarryAsync(
            new Destination("example.org"), Talk.Prepare(Talk.Mail()), [Talk.Recipient("b@example.org")], kept, CancellationToken.None);
    }

    private static async Task GoodAsync(ScriptedServer server)
    {
        await server.GreetAsync("PIPELINING");
        await server.TakeAllAsync();
    }

    private static async Task OffersNoTlsAsync(ScriptedServer server)
    {
        await server.GreetAsync("PIPELINING");
        await server.HearTheRestAsync();
    }

    private static async Task BusyAsync(ScriptedServer server)
    {
        await server.SayAsync("554 5.3.2 go away");
        await server.HearTheRestAsync();
    }

    private static async Task BreaksAfterMailAsync(ScriptedServer server)
    {
        await server.GreetAsync();
        await server.HearAsync("MAIL");
    }
}

using System.Net;
using System.Text;
using Defms.Core;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Delivery.Transmission;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

/// <summary>A real Postfix as the next hop.</summary>
public sealed class PostfixTests
{
    private const string Smuggled = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";

    [Fact]
    public async Task No_false_end_of_data_brings_a_second_mail()
    {
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync();
        MailCarrier carrier = Carrier(postfix, TlsPolicy.None);
        SmtpSession? session = null;
        IReadOnlyList<string> ends = TransmissionTests.FalseEnds;
        for (int i = 0; i < ends.Count; i++)
        {
            byte[] octets = Encoding.Latin1.GetBytes($"From: a@example.com\r\nSubject: number {i}.\r\n\r\ntext{ends[i]}{Smuggled}");
            CarriedMail carried = await CarryAsync(carrier, octets, session, "b@example.org");
            Assert.Equal(DeliveryOutcome.Delivered, carried.Results[0].Outcome);
            session = carried.Session;
        }
        // One connection took them all, so the server never lost step with us.
        Assert.Equal(ends.Count, session!.Mails);
        await session.DisposeAsync();
        IReadOnlyList<string> mails = await postfix.MailsAsync(ends.Count);
        Assert.Equal(ends.Count, mails.Count);
        for (int i = 0; i < ends.Count; i++)
        {
            string mail = Assert.Single(mails, each => each.Contains($"Subject: number {i}.\n", StringComparison.Ordinal));
            Assert.Contains("\nRCPT TO:<victim@example.org>\nDATA\nSubject: smuggled\n", mail, StringComparison.Ordinal);
            Assert.Contains("Delivered-To: b@example.org", mail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Mail_arrives_octet_for_octet_over_TLS_and_each_recipients_fate_is_told()
    {
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync();
        MailCarrier carrier = Carrier(postfix, TlsPolicy.Required);
        string body = ".\n..\n.x\nGr\u00c3\u00bc\u00c3\u009fe\n\nend\n" + string.Concat(Enumerable.Repeat(new string('y', 70) + "\n", 3_000));
        byte[] octets = Encoding.Latin1.GetBytes($"From: a@example.com\nSubject: Gr\u00c3\u00bc\u00c3\u009fe\n\n{body}");
        CarriedMail carried = await CarryAsync(carrier, octets, null, "b@example.org", "c@elsewhere.example", "\u00fc@example.org");
        Assert.Equal(
            [DeliveryOutcome.Delivered, DeliveryOutcome.Permanent, DeliveryOutcome.Delivered], carried.Results.Select(each => each.Outcome));
        Assert.Equal("5.7.1", carried.Results[1].Code?.ToString());
        Assert.StartsWith("554 5.7.1 <c@elsewhere.example>", carried.Results[1].Text, StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok: queued as ", carried.Results[0].Text, StringComparison.Ordinal);
        Assert.True(carried.Results[0].Tls!.IsVerified);
        await carried.Session!.DisposeAsync();
        IReadOnlyList<string> mails = await postfix.MailsAsync(2);
        Assert.Equal(2, mails.Count);
        Assert.All(mails, mail => Assert.EndsWith("\n\n" + body, mail, StringComparison.Ordinal));
        Assert.All(mails, mail => Assert.Contains("with UTF8SMTPS id", mail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mail_beyond_the_servers_limit_fails_before_it_is_sent_and_the_next_one_arrives()
    {
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync();
        MailCarrier carrier = Carrier(postfix, TlsPolicy.Opportunistic);
        byte[] large = Encoding.ASCII.GetBytes("From: a@example.com\n\n" + string.Concat(Enumerable.Repeat(new string('y', 70) + "\n", 15_000)));
        CarriedMail refused = await CarryAsync(carrier, large, null, "b@example.org");
        Assert.Equal((DeliveryOutcome.Permanent, "5.3.4"), (refused.Results[0].Outcome, refused.Results[0].Code?.ToString()));
        CarriedMail taken = await CarryAsync(carrier, Encoding.ASCII.GetBytes(Talk.Octets), refused.Session, "b@example.org");
        Assert.Equal(DeliveryOutcome.Delivered, taken.Results[0].Outcome);
        Assert.True(taken.Results[0].Tls!.IsEncrypted);
        Assert.Equal(2, taken.Session!.Mails);
        await taken.Session.DisposeAsync();
        Assert.Single(await postfix.MailsAsync(1));
    }

    private static MailCarrier Carrier(PostfixReceiver postfix, TlsPolicy tls) => new(
        new FakeExchangers().Mx("example.org", (10, "localhost")).Host("localhost", "127.0.0.1"),
        new RouteOptions { OwnNames = [], MayBePrivate = true, Port = postfix.Port },
        new CarrierOptions { OwnName = "gw.example.com", Tls = tls, Roots = [postfix.Certificate] },
        new TcpDialer(), TimeProvider.System, RandomSource.System);

    private static Task<CarriedMail> CarryAsync(MailCarrier carrier, byte[] octets, SmtpSession? kept, params string[] recipients)
    {
        PreparedMail mail = Talk.Prepare(Talk.Mail() with { Octets = octets });
        return carrier.CarryAsync(new Destination("example.org"), mail, [.. recipients.Select(Talk.Recipient)], kept, CancellationToken.None);
    }
}

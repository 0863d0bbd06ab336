using System.Text;
using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

public sealed class ConversationTests
{
    private static readonly string[] Full = ["PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"];

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task A_mail_is_delivered_however_the_replies_are_cut(int mostPerRead)
    {
        string data = "";
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync(Full);
                await server.HearAsync("MAIL FROM:<a@example.com> SIZE=");
                await server.HearAsync("RCPT TO:<b@example.org>");
                await server.HearAsync("RCPT TO:<c@example.org>");
                await server.HearAsync("RCPT TO:<d@example.org>");
                await server.SayAsync("250 2.1.0 sender\n250-2.1.5 yes,\n250 2.1.5 yes");
                await server.SayAsync("550-5.1.1 no such\n550 5.1.1 user");
                await server.SayAsync("451 4.7.1 later");
                await server.AnswerAsync("DATA", "354 go");
                data = await server.HearDataAsync();
                await server.SayAsync("250 2.0.0 queued as X");
                await server.AnswerAsync("QUIT", "221 bye");
            },
            recipients: [Talk.Recipient("b@example.org"), Talk.Recipient("c@example.org"), Talk.Recipient("d@example.org")],
            mostPerRead: mostPerRead);
        Assert.Equal(
            [
                (DeliveryOutcome.Delivered, "250 2.0.0 queued as X", "2.0.0"),
                (DeliveryOutcome.Permanent, "550-5.1.1 no such\n550 5.1.1 user", "5.1.1"),
                (DeliveryOutcome.Temporary, "451 4.7.1 later", "4.7.1"),
            ],
            talk.Result!.Results.Select(each => (each.Outcome, each.Text, each.Code?.ToString())));
        Assert.All(talk.Result.Results, each => Assert.True(each.IsRemoteReply));
        Assert.False(talk.Result.MayTryElsewhere);
        Assert.StartsWith("Received: by gw.example.com with DEFMS id q1;\r\n Thu, 1 Jan 1970 00:00:00 +0000\r\nDefms-Trace: gw.example.com\r\n", data, StringComparison.Ordinal);
        Assert.EndsWith("\r\n" + Talk.Octets.Replace("\n", "\r\n", StringComparison.Ordinal), data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_1982_gets_HELO_and_one_command_after_the_other()
    {
        Talk talk = await Talk.RunAsync(async server =>
        {
            await server.SayAsync("220 old");
            await server.AnswerAsync("EHLO", "500 what?");
            await server.AnswerAsync("HELO gw.example.com", "250 old");
            Assert.Equal("MAIL FROM:<a@example.com>", await server.AnswerAsync("MAIL", "250 ok"));
            Assert.Equal("RCPT TO:<b@example.org>", await server.AnswerAsync("RCPT", "251 will forward"));
            await server.AnswerAsync("DATA", "354 go");
            await server.HearDataAsync();
            await server.SayAsync("250 ok");
            await server.AnswerAsync("QUIT", "221 bye");
        });
        Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
    }

    [Fact]
    public async Task Wishes_for_reports_are_passed_on_to_servers_that_know_them_only()
    {
        OutgoingMail mail = Talk.Mail() with { EnvelopeId = "a+b=c d", Return = ReturnedContent.Headers };
        MailRecipient[] recipients =
        [
            new(Talk.Address("b@example.org"), NotifyWhen.Success | NotifyWhen.Delay, Talk.Address("b+tag@example.net")),
            new(Talk.Address("c@example.org"), NotifyWhen.Never),
        ];
        foreach (bool isKnown in new[] { true, false })
        {
            Talk talk = await Talk.RunAsync(
                async server =>
                {
                    await server.GreetAsync(isKnown ? ["DSN"] : []);
                    await server.TakeAllAsync();
                },
                mail, recipients);
            Assert.Equal(isKnown, talk.Heard.Contains("MAIL FROM:<a@example.com> RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n", StringComparison.Ordinal));
            Assert.Equal(isKnown, talk.Heard.Contains("RCPT TO:<b@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Btag@example.net\r\n", StringComparison.Ordinal));
            Assert.Equal(isKnown, talk.Heard.Contains("RCPT TO:<c@example.org> NOTIFY=NEVER\r\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_null_sender_and_domains_beyond_ASCII_are_written_as_every_server_understands_them()
    {
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync();
                await server.TakeAllAsync();
            },
            Talk.Mail() with { Sender = null }, [Talk.Recipient("\"b c\"@bücher.example")]);
        Assert.Contains("MAIL FROM:<>\r\nRCPT TO:<\"b c\"@xn--bcher-kva.example>\r\n", talk.Heard, StringComparison.Ordinal);
        Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
    }

    [Theory]
    [InlineData("Subject: x\n\nGr\u00fc\u00dfe\n", "b@example.org", "8BITMIME", " BODY=8BITMIME\r\n", "5.6.3")]
    [InlineData("Subject: Gr\u00fc\u00dfe\n\nx\n", "b@example.org", "8BITMIME,SMTPUTF8", " BODY=8BITMIME SMTPUTF8\r\n", "5.6.7")]
    [InlineData("Subject: x\n\nx\n", "\u00fc@example.org", "SMTPUTF8", "> SMTPUTF8\r\n", "5.6.7")]
    [InlineData("Subject: x\n\nx\n", "b@example.org", "SIZE 100000", "> SIZE=", null)]
    public async Task What_a_mail_needs_is_asked_for_and_without_it_the_mail_fails_with_a_word(
        string octets, string recipient, string needs, string parameter, string? code)
    {
        Talk with = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync(needs.Split(','));
                await server.TakeAllAsync();
            },
            Talk.Mail(octets), [Talk.Recipient(recipient)]);
        Assert.Contains(parameter, with.Heard, StringComparison.Ordinal);
        Assert.Equal(DeliveryOutcome.Delivered, with.Only.Outcome);
        Talk without = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync(code is null ? ["SIZE 20"] : []);
                await server.AnswerAsync("QUIT", "221 bye");
            },
            Talk.Mail(octets), [Talk.Recipient(recipient)]);
        Assert.Equal((DeliveryOutcome.Permanent, code ?? "5.3.4", false), (without.Only.Outcome, without.Only.Code?.ToString(), without.Only.IsRemoteReply));
        Assert.Contains("mx.example.org", without.Only.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipient_beyond_ASCII_does_not_take_the_others_with_it()
    {
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync();
                await server.TakeAllAsync();
            },
            recipients: [Talk.Recipient("ü@example.org"), Talk.Recipient("b@example.org")]);
        Assert.Equal([DeliveryOutcome.Permanent, DeliveryOutcome.Delivered], talk.Result!.Results.Select(each => each.Outcome));
        Assert.DoesNotContain("SMTPUTF8", talk.Heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_octets_that_are_no_UTF_8_do_not_ask_for_SMTPUTF8()
    {
        byte[] octets = Encoding.Latin1.GetBytes("Subject: Gr\u00fc\u00dfe\n\nx\n");
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync("8BITMIME");
                await server.TakeAllAsync();
            },
            Talk.Mail() with { Octets = octets });
        Assert.Equal(DeliveryOutcome.Delivered, talk.Only.Outcome);
        Assert.Contains("Gr\u00fc\u00dfe\r\n", talk.Heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_takes_one_mail_after_another_and_resets_what_was_left_midway()
    {
        var connection = new MemoryConnection();
        await using var server = new ScriptedServer(connection.Server);
        Task serving = Task.Run(async () =>
        {
            await server.GreetAsync();
            await server.AnswerAsync("MAIL", "250 ok");
            await server.AnswerAsync("RCPT", "550 no");
            await server.AnswerAsync("RSET", "250 ok");
            await server.TakeAllAsync();
        });
        (SmtpSession? session, _) = await SmtpSession.OpenAsync(
            connection.Client, "mx", Talk.Terms, TimeProvider.System, Core.RandomSource.System, CancellationToken.None);
        var outcomes = new List<DeliveryOutcome>();
        for (int i = 0; i < 3; i++)
        {
            TransactionResult result = await session!.SendAsync(Talk.Prepare(Talk.Mail()), [Talk.Recipient("b@example.org")], CancellationToken.None);
            outcomes.Add(result.Results[0].Outcome);
        }
        await session!.DisposeAsync();
        await serving;
        Assert.Equal([DeliveryOutcome.Permanent, DeliveryOutcome.Delivered, DeliveryOutcome.Delivered], outcomes);
        Assert.Equal(1, server.Heard.ToString().Split("RSET").Length - 1);
    }
}

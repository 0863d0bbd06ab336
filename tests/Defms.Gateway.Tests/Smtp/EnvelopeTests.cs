using System.Net;
using System.Security.Authentication;
using Defms.Gateway.Smtp;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>What the desk is told beside the octets.</summary>
public sealed class EnvelopeTests
{
    [Fact]
    public async Task The_desk_is_told_all_parameters()
    {
        await using var scene = new Scene();
        scene.Start();
        await scene.SayAsync("EHLO client.example\r\nMAIL FROM:<a@example.com> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb\r\n");
        await scene.SayAsync("RCPT TO:<b@example.org> NOTIFY=SUCCESS,DELAY ORCPT=RFC822;b+40example.net\r\nRCPT TO:<c@example.org> NOTIFY=NEVER\r\nRCPT TO:<d@example.org>\r\n");
        await scene.SayAsync("DATA\r\nx\r\n.\r\n");
        Envelope envelope = Assert.Single(scene.Desk.Mails).Envelope;
        Assert.Equal((1000L, true, true, DsnReturn.Headers, "a+b"), (envelope.AnnouncedSize, envelope.Is8Bit, envelope.IsUtf8, envelope.Return, envelope.EnvelopeId));
        Assert.Equal(
            [(DsnNotify.Success | DsnNotify.Delay, new OriginalRecipient("rfc822", "b@example.net")), (DsnNotify.Never, null), (null, null)],
            envelope.Recipients.Select(recipient => (recipient.Notify, recipient.Original)));
    }

    [Fact]
    public async Task The_desk_is_told_who_sent_it_and_how()
    {
        await using var scene = new Scene { Port = SmtpPort.Submission };
        scene.Start();
        await scene.SayAsync("EHLO before.example\r\nSTARTTLS\r\n");
        await scene.SayAsync("EHLO client.example\r\nAUTH PLAIN AHVzZXIAcGVuY2ls\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n");
        ReceivedMail mail = Assert.Single(scene.Desk.Mails).Mail;
        Assert.Equal(("client.example", true, "user", SmtpPort.Submission), (mail.Client.HelloName, mail.Client.IsExtended, mail.Client.Account, mail.Client.Port));
        Assert.Equal(IPAddress.Parse("192.0.2.7"), mail.Client.Address?.Address);
        Assert.Equal(SslProtocols.Tls13, mail.Client.Tls?.Protocol);
        Assert.Equal(scene.Time.GetUtcNow(), mail.Time);
    }

    [Fact]
    public async Task A_handshake_forgets_the_greeting_and_the_mail_that_was_begun()
    {
        await using var scene = new Scene();
        scene.Start();
        await scene.SayAsync("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nSTARTTLS\r\n");
        await scene.SayAsync("DATA\r\nMAIL FROM:<a@b>\r\n");
        Assert.Equal(["220", "250", "250 2.1.0", "250 2.1.5", "220 2.0.0", "503 5.5.1", "503 5.5.1"], scene.Replies);
    }

    [Fact]
    public async Task Commands_put_behind_STARTTLS_in_clear_are_never_obeyed()
    {
        const string Injected = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nx\r\n.\r\n";
        byte[] octets = System.Text.Encoding.ASCII.GetBytes("EHLO x\r\nSTARTTLS\r\n" + Injected);
        for (int cut = 0; cut < octets.Length; cut++)
        {
            await using var scene = new Scene();
            scene.Start();
            await scene.SendInClearAsync(octets.AsMemory(0, cut));
            await scene.SendInClearAsync(octets.AsMemory(cut));
            Assert.True(scene.Tls.WasAsked);
            Assert.False(scene.Tls.FoundClearOctets);
            await scene.SayAsync("NOOP\r\n");
            Assert.Equal(["220", "250", "220 2.0.0", "250 2.0.0"], scene.Replies);
            Assert.Empty(scene.Desk.Mails);
        }
    }

    [Fact]
    public async Task What_the_desk_decides_is_what_the_client_hears()
    {
        var desk = new TestDesk();
        await using var scene = new Scene { Desk = desk };
        scene.Start();
        await scene.SayAsync("EHLO x\r\n");
        (Func<ReceivedMail, CancellationToken, ValueTask<DeskAnswer>> Take, string Reply)[] cases =
        [
            ((_, _) => new(DeskAnswer.TryLater), "451 4.3.0"),
            ((_, _) => new(DeskAnswer.OverQuota), "552 5.2.2"),
            ((_, _) => new(DeskAnswer.Refused(new SmtpReply(550, "5.7.1", "No"))), "550 5.7.1"),
            ((_, _) => throw new InvalidOperationException("The disk is gone."), "451 4.3.0"),
            ((_, _) => new(DeskAnswer.Taken), "250 2.0.0"),
        ];
        foreach ((Func<ReceivedMail, CancellationToken, ValueTask<DeskAnswer>> take, string reply) in cases)
        {
            desk.Take = take;
            await scene.SayAsync("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n");
            Assert.Equal(reply, scene.Replies[^1]);
        }
        Assert.Single(desk.Mails);
        Assert.Throws<ArgumentException>(() => DeskAnswer.Refused(SmtpReply.Ok));
    }

    [Fact]
    public async Task Nothing_is_confirmed_before_the_desk_says_that_it_is_durable()
    {
        var desk = new TestDesk();
        var durable = new TaskCompletionSource<DeskAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        desk.Take = (_, _) => new(durable.Task);
        await using var scene = new Scene { Desk = desk };
        scene.Start();
        await scene.SayAsync("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n");
        Assert.Equal("354", scene.Replies[^1]);
        durable.SetResult(DeskAnswer.Taken);
        await scene.EndAsync();
        Assert.Equal(["354", "250 2.0.0", "250 2.0.0"], scene.Replies.Skip(4));
    }
}

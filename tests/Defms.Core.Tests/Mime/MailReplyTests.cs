using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MailReplyTests
{
    private static readonly MailMessage Question = Read("""
        From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>
        To: alice@example.org, Bob <bob@example.net>, joerg@EXAMPLE.org
        Cc: carol@example.com
        Date: Sun, 27 Oct 2002 23:57:07 -0500
        Subject: RE: Re[2]: When?
        Message-ID: <3@example.org>
        References: <1@example.org> <2@example.org>

        Tomorrow?

        > Or today?

        """);

    [Fact]
    public void An_answer_names_what_it_answers()
    {
        MailReply reply = MailReply.Answer(Question);
        Assert.Equal("Re: When?", reply.Subject);
        Assert.Equal(["3@example.org"], reply.InReplyTo);
        Assert.Equal(["1@example.org", "2@example.org", "3@example.org"], reply.References);
        Assert.Equal("Jörg <joerg@example.org>", Assert.Single(reply.To).ToString());
        Assert.Equal(["alice@example.org", "Bob <bob@example.net>", "carol@example.com"], reply.Others.Select(other => other.ToString()));
        Assert.Equal("On Sun, 27 Oct 2002 23:57:07 -0500, Jörg wrote:\n> Tomorrow?\n>\n>> Or today?\n", reply.Text);
    }

    [Fact]
    public void A_forward_carries_text_and_files()
    {
        MailReply forward = MailReply.Forward(Question);
        Assert.Equal("Fwd: RE: Re[2]: When?", forward.Subject);
        Assert.StartsWith("---------- Forwarded message ----------\nFrom: Jörg <joerg@example.org>\n", forward.Text, StringComparison.Ordinal);
        Assert.Empty(forward.InReplyTo);
    }

    [Fact]
    public void Reply_to_goes_before_from()
    {
        MailMessage list = Read("From: a@example.org\nReply-To: <>, list@example.org\n\nx\n");
        Assert.Equal("list@example.org", Assert.Single(MailReply.Answer(list).To).ToString());
    }

    [Fact]
    public void A_hostile_message_still_gives_a_draft_that_can_be_composed()
    {
        MailMessage hostile = Read("From: \"a\tb\u0001\" <a@example.org>\nSubject: =?utf-8?b?DQpCY2M6IHhAeS56?=\nMessage-ID: <\u00e9>\nReferences: <a\u0007> <ok@x>\n\nx\0y\n");
        MailReply reply = MailReply.Answer(hostile);
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = reply.To[0],
            To = reply.To,
            Subject = reply.Subject,
            Text = reply.Text,
            References = reply.References,
            InReplyTo = reply.InReplyTo,
            Date = DateTimeOffset.UnixEpoch,
            MessageId = "x@y",
        });
        Assert.False(MailMessage.Parse(octets).Headers.Contains("Bcc"));
    }

    [Theory]
    [InlineData("Hello", "Hello")]
    [InlineData("Re: AW: Fwd: Hello", "Hello")]
    [InlineData("Re[3]: Hello", "Hello")]
    [InlineData("Regarding: Hello", "Regarding: Hello")]
    [InlineData("回复：你好", "你好")]
    [InlineData("Re:", "")]
    public void The_base_of_a_subject_has_no_marks(string subject, string expected) => Assert.Equal(expected, SubjectText.Base(subject));

    private static MailMessage Read(string mail) => MailMessage.Parse(Encoding.UTF8.GetBytes(mail.ReplaceLineEndings("\n")));
}

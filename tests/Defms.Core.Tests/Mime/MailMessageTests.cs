using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MailMessageTests
{
    [Fact]
    public void Nothing_is_a_message_too()
    {
        MailMessage empty = MailMessage.Parse(default);
        Assert.Empty(empty.Headers);
        Assert.Equal("", empty.Text);
        Assert.Null(empty.Subject);
        Assert.Null(empty.Date);
        Assert.Null(empty.MessageId);
        Assert.Empty(empty.From);
    }

    [Fact]
    public void Parts_are_found_with_their_offsets()
    {
        string mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<i>two\r\n--b--\r\nepilogue";
        MailMessage message = Read(mail);
        Assert.Equal(["multipart/mixed", "text/plain", "text/html"], message.Parts().Select(part => part.MediaType.Name));
        Assert.Equal(["one", "<i>two"], message.Root.Children.Select(part => part.DecodeText()));
        MimePart first = message.Root.Children[0];
        Assert.Equal("one", mail[first.BodyOffset..first.BodyEnd]);
        Assert.Equal(mail.IndexOf("\r\none", StringComparison.Ordinal), first.HeaderOffset);
        Assert.Equal(mail.Length, message.Root.BodyEnd);
    }

    [Fact]
    public void An_outer_delimiter_closes_the_inner_parts()
    {
        MailMessage message = Read("""
            Content-Type: multipart/mixed; boundary=outer

            --outer
            Content-Type: multipart/alternative; boundary=outer-inner

            --outer-inner

            deep
            --outer
            Content-Type: message/rfc822

            Subject: inside

            text
            --outer--
            """);
        Assert.Equal(
            ["multipart/mixed", "multipart/alternative", "text/plain", "message/rfc822", "text/plain"],
            message.Parts().Select(part => part.MediaType.Name));
        Assert.Equal("inside", message.Parts().Last().Headers["subject"]!.Value);
        Assert.Equal("text", message.Parts().Last().DecodeText());
        Assert.Equal("deep", message.Text);
    }

    [Theory]
    [InlineData("Content-Type: multipart/mixed\n\n--x1\nContent-Type: text/plain\n\none\n--x1\n\ntwo\n--x1--\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=other\n\n--x1\nContent-Type: text/plain\n\none\n--x1\n\ntwo\n--x1--\n")]
    public void A_lost_boundary_is_guessed(string mail) =>
        Assert.Equal(["one", "two"], Read(mail).Root.Children.Select(part => part.DecodeText()));

    [Fact]
    public void A_multipart_that_cannot_be_split_is_shown_as_text() =>
        Assert.Equal("all that came\n", Read("Content-Type: multipart/mixed; boundary=x\n\nall that came\n").Text);

    [Fact]
    public void Text_without_a_header_is_text()
    {
        Assert.Equal("Hello Bob,\nhow are you?\n", Read("Hello Bob,\nhow are you?\n").Text);
        Assert.Equal("body\n", Read("\nbody\n").Text);
    }

    [Fact]
    public void A_lost_empty_line_costs_no_text()
    {
        MailMessage message = Read("Subject: a\nHello Bob,\nNote: all fine\n");
        Assert.Equal("a", message.Subject);
        Assert.Equal("Hello Bob,\nNote: all fine\n", message.Text);
    }

    [Fact]
    public void A_line_that_strayed_into_the_header_is_passed_over()
    {
        MailMessage message = Read("From x@y Thu Jan  1 00:00:00 1970\nSubject: a\n>From z\nstray words\nTo: b@c\n\nt\n");
        Assert.Equal("a", message.Subject);
        Assert.Equal("b@c", Assert.Single(message.To).ToString());
        Assert.Equal("t\n", message.Text);
    }

    [Fact]
    public void Old_mac_line_ends_are_understood()
    {
        MailMessage message = Read("Subject: a\rContent-Type: multipart/mixed; boundary=x\r\r--x\r\rone\r--x--\r");
        Assert.Equal("a", message.Subject);
        Assert.Equal("one", message.Text);
    }

    [Theory]
    [InlineData("caf\u00c3\u00a9", null, "café")]
    [InlineData("caf\u00e9", null, "café")]
    [InlineData("caf\u00e9", "utf-8", "café")]
    [InlineData("caf\u00c3\u00a9 \u00e9", "utf-8", "café \uFFFD")]
    [InlineData("caf\u00e9 \u0080", "iso-8859-1", "café €")]
    [InlineData("\u00f0\u00f2\u00e9", "koi8-r", "ПРИ")]
    [InlineData("\u001b$B$\"\u001b(B", "ISO-2022-JP", "あ")]
    [InlineData("\u0082\u00a0", "x-sjis", "あ")]
    [InlineData("caf\u00e9", "no-such-charset", "café")]
    public void Text_is_decoded_by_what_it_is(string octets, string? charset, string expected)
    {
        string type = charset is null ? "" : $"Content-Type: text/plain; charset=\"{charset}\"\n";
        Assert.Equal(expected, Read(type + "\n" + octets).Text);
    }

    [Theory]
    [InlineData("Content-Type: text/markdown\n\n# a\n", "# a\n")]
    [InlineData("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n\n--b\nContent-Type: text/html\n\n<p>only here</p>\n--b--\n", "only here\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/html\n\n<p>two</p>\n--b--\n", "one\ntwo\n")]
    [InlineData("Content-Type: text\n\nx\n", "x\n")]
    [InlineData("Content-Type: image/png\n\nx\n", "")]
    public void The_text_is_what_a_reader_would_read(string mail, string expected) => Assert.Equal(expected, Read(mail).Text);

    [Fact]
    public void Control_characters_stay_out_of_subjects_and_names()
    {
        MailMessage message = Read("Subject: a =?utf-8?q?b=0Ac=1B[2J?=\nFrom: =?utf-8?q?x=0D=0Ay?= <a@b>\n\n");
        Assert.Equal("a b c [2J", message.Subject);
        Assert.Equal("x  y <a@b>", $"{message.From[0].Name} <{message.From[0].Address}>");
    }

    [Fact]
    public void Japanese_without_a_label_is_read() =>
        Assert.Equal("あ", Read("Subject: \u001b$B$\"\u001b(B\n\n").Subject);

    [Fact]
    public void Flowed_paragraphs_are_joined()
    {
        MailMessage message = Read("Content-Type: text/plain; format=flowed\n\none \ntwo\n  stuffed\n> q1 \n> q2\n>> deeper\n-- \nme\n");
        Assert.Equal("one two\n stuffed\n> q1 q2\n>> deeper\n-- \nme\n", message.Text);
    }

    [Fact]
    public void Attachments_are_what_is_not_text()
    {
        MailMessage message = Read("""
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: multipart/alternative; boundary=c

            --c

            plain
            --c
            Content-Type: text/html

            <p>html</p>
            --c--
            --b
            Content-Type: text/plain; name="../../etc/notes.txt"
            Content-Disposition: attachment

            notes
            --b
            Content-Type: application/octet-stream
            Content-Disposition: attachment; filename*0*=utf-8''%e5%86; filename*1*=%99%E7%9C; filename*2*=%9F.bin
            Content-Transfer-Encoding: BASE64

            AQI
            --b--
            """);
        Assert.Equal("plain", message.Text);
        Assert.Equal(["notes.txt", "写真.bin"], message.Attachments.Select(part => part.FileName));
        Assert.Equal([1, 2], message.Attachments[1].Decode());
        Assert.Equal("<p>html</p>", Assert.Single(message.HtmlBody).DecodeText());
    }

    private static MailMessage Read(string latin1) => MailMessage.Parse(Encoding.Latin1.GetBytes(latin1));
}

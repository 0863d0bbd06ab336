using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MailComposerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 30, 15, TimeSpan.FromHours(-3.5));

    [Fact]
    public void A_plain_message_is_plain()
    {
        string mail = Compose(Draft(subject: "Lunch", text: "Today?\n"));
        Assert.Equal(
            """
            Date: Wed, 4 Mar 2026 12:30:15 -0330
            From: Alice <alice@example.org>
            To: bob@example.net
            Subject: Lunch
            Message-ID: <1@example.org>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=us-ascii; format=flowed
            Content-Transfer-Encoding: 7bit

            Today?

            """.ReplaceLineEndings("\r\n"),
            mail);
    }

    [Fact]
    public void What_was_composed_is_read_back()
    {
        byte[] picture = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))];
        MailDraft draft = Draft(
            subject: "Größe 🚀 und sehr viele weitere Wörter, damit die Zeile gefaltet werden muss – ja, wirklich",
            text: "Grüße\n\n> zitiert\n From here\n" + string.Concat(Enumerable.Repeat("lang und länger ", 40)).TrimEnd() + "\n-- \nAlice\n",
            attachments: [new DraftAttachment("Überraschung \"heute\" mit einem wirklich sehr langen Namen 写真.png", null, picture), new DraftAttachment("a.txt", null, "x\n"u8.ToArray())],
            from: new NamedAddress("Alice Müller, GmbH", Address("alice@bücher.example")),
            to: [new NamedAddress("Bob \"the\" B", Address("bob@example.net")), new NamedAddress(null, Address("\"odd one\"@example.net"))]);
        MailMessage read = MailMessage.Parse(MailComposer.Compose(draft));
        Assert.Equal(draft.Subject, read.Subject);
        Assert.Equal(draft.Text, read.Text);
        Assert.Equal(draft.From, Assert.Single(read.From));
        Assert.Equal(draft.To, read.To);
        Assert.Equal(draft.Date, read.Date);
        Assert.Equal(draft.Date.Offset, read.Date!.Value.Offset);
        Assert.Equal(draft.MessageId, read.MessageId);
        Assert.Equal(draft.Attachments.Select(a => a.Name), read.Attachments.Select(a => a.FileName));
        Assert.Equal(picture, read.Attachments[0].Decode());
        Assert.Equal("image/png", read.Attachments[0].MediaType.Name);
    }

    [Fact]
    public void Every_line_fits_and_is_ascii()
    {
        MailDraft draft = Draft(
            subject: string.Concat(Enumerable.Repeat("長い件名", 100)),
            text: new string('x', 3000) + "\n" + string.Concat(Enumerable.Repeat("日本語", 500)),
            to: [.. Enumerable.Range(0, 300).Select(i => new NamedAddress($"Käthe {i}", Address($"k{i}@example.net")))]);
        byte[] octets = MailComposer.Compose(draft);
        Assert.True(System.Text.Ascii.IsValid(octets));
        Assert.All(Encoding.ASCII.GetString(octets).Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        MailMessage read = MailMessage.Parse(octets);
        Assert.Equal(draft.Subject, read.Subject);
        Assert.Equal(draft.To, read.To);
        Assert.Equal(draft.Text + "\n", read.Text);
    }

    [Fact]
    public void Raw_utf8_appears_only_for_a_local_part_that_needs_it()
    {
        Assert.True(System.Text.Ascii.IsValid(Compose(Draft(to: [new NamedAddress("ö", Address("o@ö.example"))]))));
        string mail = Compose(Draft(to: [new NamedAddress("ö", Address("ö@ö.example"))]));
        Assert.Contains("<ö@ö.example>", mail, StringComparison.Ordinal);
        Assert.Contains("=?utf-8?b?w7Y=?=", mail, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_comes_as_the_last_alternative()
    {
        byte[] octets = MailComposer.Compose(Draft(text: "hi", html: "<p>hi ö</p>"));
        MailMessage read = MailMessage.Parse(octets);
        Assert.Equal("multipart/alternative", read.Root.MediaType.Name);
        Assert.Equal(["text/plain", "text/html"], read.Root.Children.Select(part => part.MediaType.Name));
        Assert.Equal("hi\n", read.Text);
        Assert.Equal("<p>hi ö</p>\r\n", read.HtmlBody[0].DecodeText());
        Assert.Empty(read.Attachments);
    }

    [Theory]
    [InlineData("Subject", "a\r\nBcc: evil@example.org")]
    [InlineData("Subject", "a\0")]
    [InlineData("To", "a\nb")]
    [InlineData("From", "a\u0085b")]
    [InlineData("Attachments", "a\rb.txt")]
    [InlineData("MessageId", "a b@c")]
    [InlineData("References", "a\r\n@c")]
    [InlineData("InReplyTo", "<a@c>")]
    [InlineData("Text", "a\0b")]
    public void A_field_that_would_break_the_message_is_refused_by_name(string field, string value)
    {
        var draft = new MailDraft
        {
            From = new NamedAddress(field == "From" ? value : "Alice", Address("alice@example.org")),
            To = [new NamedAddress(field == "To" ? value : "Bob", Address("bob@example.net"))],
            Subject = field == "Subject" ? value : "s",
            Text = field == "Text" ? value : "t",
            Attachments = field == "Attachments" ? [new DraftAttachment(value, null, default)] : [],
            References = field == "References" ? [value] : [],
            InReplyTo = field == "InReplyTo" ? [value] : [],
            MessageId = field == "MessageId" ? value : "1@example.org",
            Date = Noon,
        };
        Assert.Equal(field, Assert.Throws<MailDraftException>(() => MailComposer.Compose(draft)).Field);
    }

    [Fact]
    public void The_boundary_never_occurs_in_the_content()
    {
        // A message that holds an earlier composition of the same draft holds its boundary.
        byte[] first = MailComposer.Compose(Draft(attachments: [new DraftAttachment("a.bin", null, new byte[] { 1 })]));
        byte[] second = MailComposer.Compose(Draft(attachments: [new DraftAttachment("a.eml", null, first)]));
        MailMessage read = MailMessage.Parse(second);
        Assert.Equal(2, read.Root.Children.Count);
        Assert.Equal("message/rfc822", read.Root.Children[1].MediaType.Name);
        Assert.Equal(first, read.Root.Children[1].Decode()[..first.Length]);
    }

    [Fact]
    public void The_same_draft_gives_the_same_octets() =>
        Assert.Equal(Compose(Draft(html: "x", attachments: [new DraftAttachment("f", null, default)])), Compose(Draft(html: "x", attachments: [new DraftAttachment("f", null, default)])));

    private static MailAddress Address(string text) =>
        MailAddress.TryParse(text, out MailAddress address) ? address : throw new FormatException(text);

    private static string Compose(MailDraft draft) => Encoding.UTF8.GetString(MailComposer.Compose(draft));

    private static MailDraft Draft(
        string subject = "s",
        string text = "t\n",
        string? html = null,
        DraftAttachment[]? attachments = null,
        NamedAddress? from = null,
        NamedAddress[]? to = null) => new()
        {
            From = from ?? new NamedAddress("Alice", Address("alice@example.org")),
            To = to ?? [new NamedAddress(null, Address("bob@example.net"))],
            Subject = subject,
            Text = text,
            Html = html,
            Attachments = attachments ?? [],
            Date = Noon,
            MessageId = "1@example.org",
        };
}

using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MessageEditingTests
{
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Blind_copies_leave_and_every_other_octet_stays(string lineEnd)
    {
        string mail = "To: a@x\nbcc: b@x,\n  c@x\nSubject: \xff hi \nBcc : d@x\nResent-Bcc: e@x\n\nBcc: in the text stays\n\n".Replace("\n", lineEnd, StringComparison.Ordinal);
        string expected = "To: a@x\nSubject: \xff hi \n\nBcc: in the text stays\n\n".Replace("\n", lineEnd, StringComparison.Ordinal);
        Assert.Equal(expected, Text(MessageEditing.RemoveBcc(Octets(mail))));
    }

    [Fact]
    public void Blind_copies_leave_even_behind_more_fields_than_are_kept()
    {
        string many = string.Concat(Enumerable.Repeat("X: y\n", MimeLimits.Fields + 1));
        Assert.Equal(many + "\n", Text(MessageEditing.RemoveBcc(Octets(many + "Bcc: z@x\n\n"))));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void What_is_missing_is_added_with_the_same_line_ends(string lineEnd)
    {
        string mail = "to: a@x\nfrom: me@x\n\nhello".Replace("\n", lineEnd, StringComparison.Ordinal);
        string expected = ("Date: Thu, 1 Jan 1970 00:00:00 +0000\nMessage-ID: <i@d>\nto: a@x\nfrom: me@x\n\nhello").Replace("\n", lineEnd, StringComparison.Ordinal);
        Assert.Equal(expected, Text(AddMissing(mail)));
    }

    [Theory]
    [InlineData("just text\nof two lines\n", "just text\nof two lines\n")]
    [InlineData("\nbody\n", "body\n")]
    [InlineData("", "")]
    public void A_text_without_header_gets_one(string mail, string text)
    {
        MailMessage read = MailMessage.Parse(AddMissing(mail));
        Assert.Equal("i@d", read.MessageId);
        Assert.Equal("me@example.org", Assert.Single(read.From).ToString());
        Assert.Equal(text, read.Text);
    }

    private static byte[] AddMissing(string mail)
    {
        Assert.True(MailAddress.TryParse("me@example.org", out MailAddress me));
        return MessageEditing.AddMissing(Octets(mail), DateTimeOffset.UnixEpoch, new NamedAddress(null, me), "i@d");
    }

    private static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    private static string Text(byte[] octets) => Encoding.Latin1.GetString(octets);
}

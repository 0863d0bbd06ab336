using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("a@b.example <c@d.example>", "\"a@b.example\" <c@d.example>")]
    [InlineData("John a@b.example <c@d.example>, e@f", "\"John a@b.example\" <c@d.example>|e@f")]
    [InlineData("<<a@b>>", "a@b")]
    [InlineData("John <<a@b>>, c@d", "John <a@b>|c@d")]
    [InlineData("a@b; c@d ;;", "a@b|c@d")]
    [InlineData("a@b c@d", "a@b|c@d")]
    [InlineData("<a@b> <c@d>", "a@b|c@d")]
    [InlineData("John <a@b, Mary <c@d>", "John <a@b>|Mary <c@d>")]
    [InlineData("John <a@b", "John <a@b>")]
    [InlineData("\"John <a@b>", "John <a@b>")]
    [InlineData("John Q. Public <j@q>", "\"John Q. Public\" <j@q>")]
    [InlineData("john . q @ public . example", "john.q@public.example")]
    [InlineData("<@x,@y:a@b>", "a@b")]
    [InlineData("a@b (John (Q) Public)", "\"John (Q) Public\" <a@b>")]
    [InlineData("a@b (John", "\"(John\" <a@b>")]
    [InlineData("=?utf-8?q?a=40b=2Eexample?=", "a@b.example")]
    [InlineData("=?utf-8?q?Doe,_John:_(x)?= <j@d.example>", "\"Doe, John: (x)\" <j@d.example>")]
    [InlineData("=?broken, <j@d.example>", "=?broken|j@d.example")]
    [InlineData("\"J. <a@b.example>\"", "\"J.\" <a@b.example>")]
    [InlineData("\"a b\"@c", "\"a b\"@c")]
    [InlineData("\"a\\\"b\" <\"x y\"@c>", "\"a\\\"b\" <\"x y\"@c>")]
    [InlineData("a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]")]
    [InlineData("a@b@c", "\"a@b\"@c")]
    [InlineData("Undisclosed recipients:;", "")]
    [InlineData("Team: a@b, Bob <c@d>; e@f", "a@b|Bob <c@d>|e@f")]
    [InlineData("Team: a@b, c@d", "a@b|c@d")]
    [InlineData("MAILER-DAEMON <>", "MAILER-DAEMON")]
    [InlineData("root", "root")]
    [InlineData("(nobody)", "nobody")]
    [InlineData(",,, ,", "")]
    [InlineData("", "")]
    [InlineData("@", "@")]
    [InlineData("<>", "")]
    [InlineData("@b", "@b")]
    [InlineData("\"", "")]
    [InlineData("<", "")]
    [InlineData("a@", "a")]
    [InlineData("jürgen@bücher.example", "jürgen@bücher.example")]
    public void Address_lists_are_read(string value, string expected) =>
        Assert.Equal(expected, string.Join('|', AddressList.Parse(value).Mailboxes));

    [Fact]
    public void Groups_keep_their_names()
    {
        AddressList list = AddressList.Parse("x@y, \"The Team\": a@b, c@d;, Empty:;");
        Assert.Equal(["The Team", "Empty"], list.Groups.Select(group => group.Name));
        Assert.Equal(["a@b", "c@d"], list.Groups[0].Members.Select(member => member.ToString()));
        Assert.Equal(3, list.Mailboxes.Count);
    }

    [Fact]
    public void What_is_shown_is_read_back()
    {
        foreach (string name in (string[])["Bob", "B, C", "a \"quoted\" one", "back\\slash", "(x)", "Ünï", "a  b", "a@b"])
        {
            Assert.True(MailAddress.TryParse("x@example.org", out MailAddress address));
            var mailbox = new NamedAddress(name, address);
            Assert.True(NamedAddress.TryParse(mailbox.ToString(), out NamedAddress? read), name);
            Assert.Equal(name, read!.Name);
        }
    }
}

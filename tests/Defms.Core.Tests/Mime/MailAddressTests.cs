using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MailAddressTests
{
    [Theory]
    [InlineData("a@example.org", "a", "example.org")]
    [InlineData("\"a b\\\"\"@example.org", "a b\"", "example.org")]
    [InlineData("a@[127.0.0.1]", "a", "[127.0.0.1]")]
    [InlineData("ä.b@bücher.example", "ä.b", "bücher.example")]
    [InlineData("a+b@localhost", "a+b", "localhost")]
    public void An_address_has_a_local_part_and_a_domain(string text, string local, string domain)
    {
        Assert.True(MailAddress.TryParse(text, out MailAddress address));
        Assert.Equal((local, domain, text), (address.Local, address.Domain, address.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("a")]
    [InlineData("@b")]
    [InlineData("a@")]
    [InlineData("a b@c")]
    [InlineData("a@b c")]
    [InlineData(" a@b")]
    [InlineData("a@b\r\n")]
    [InlineData("a..b@c")]
    [InlineData("a@b..c")]
    [InlineData("a@-b")]
    [InlineData("\"a@b")]
    [InlineData("<a@b>")]
    [InlineData("a,b@c")]
    [InlineData("a@[x y]")]
    [InlineData("a\0@b")]
    public void What_is_no_address_is_refused(string? text) => Assert.False(MailAddress.TryParse(text, out _));

    [Fact]
    public void Domains_are_equal_as_names_and_local_parts_as_characters()
    {
        Assert.Equal(Parse("a@Bücher.Example"), Parse("a@xn--BCHER-kva.example"));
        Assert.Equal(Parse("a@Bücher.Example").GetHashCode(), Parse("a@xn--BCHER-kva.example").GetHashCode());
        Assert.Equal("a@xn--bcher-kva.example", Parse("A@BÜCHER.Example").Canonical);
        Assert.NotEqual(Parse("A@example.org"), Parse("a@example.org"));
        Assert.Equal(Parse("\"a\"@example.org"), Parse("a@example.org"));
    }

    [Fact]
    public void The_empty_address_is_harmless()
    {
        MailAddress none = default;
        Assert.True(none.IsEmpty);
        Assert.False(none.IsValid);
        Assert.Equal("", none.ToString());
        Assert.Equal(none, default);
    }

    private static MailAddress Parse(string text) =>
        MailAddress.TryParse(text, out MailAddress address) ? address : throw new FormatException(text);
}

using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MessageIdsTests
{
    [Theory]
    [InlineData("<a@b>", "a@b")]
    [InlineData("<a@b><c@d>\n\t<e@f>", "a@b|c@d|e@f")]
    [InlineData("<a@\n b>", "a@b")]
    [InlineData("<a @b> (comment)", "a@b")]
    [InlineData("Your message of Monday <a@b>", "a@b")]
    [InlineData("a@b", "a@b")]
    [InlineData("a@b c@d", "a@b|c@d")]
    [InlineData("no-at-sign", "no-at-sign")]
    [InlineData("two words", "")]
    [InlineData("<no-at-sign>", "no-at-sign")]
    [InlineData("<>", "")]
    [InlineData("<<a@b>>", "a@b")]
    [InlineData("<a@b", "a@b")]
    [InlineData("", "")]
    [InlineData("<\u00e9@b>", "é@b")]
    [InlineData("<a\u0000b@c>", "ab@c")]
    public void Identifiers_stand_between_brackets(string value, string expected) =>
        Assert.Equal(expected, string.Join('|', MessageIds.Parse(Encoding.Latin1.GetBytes(value))));

    [Fact]
    public void Identifiers_longer_than_a_line_are_noise() =>
        Assert.Equal(["x@y"], MessageIds.Parse(Encoding.ASCII.GetBytes("<" + new string('a', 2000) + "> <x@y>")));
}

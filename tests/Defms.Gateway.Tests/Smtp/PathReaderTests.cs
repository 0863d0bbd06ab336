using Defms.Core.Mime;
using Defms.Gateway.Smtp;

namespace Defms.Gateway.Tests.Smtp;

public sealed class PathReaderTests
{
    [Theory]
    [InlineData("<a@example.org>", "a@example.org")]
    [InlineData("<a+b.c@example.org> SIZE=1", "a+b.c@example.org")]
    [InlineData("<\"a b\"@example.org>", "\"a b\"@example.org")]
    [InlineData("<\"a\\\"b>\"@example.org>", "\"a\\\"b>\"@example.org")]
    [InlineData("<\"plain\"@example.org>", "plain@example.org")]
    [InlineData("<@one.example:a@example.org>", "a@example.org")]
    [InlineData("<@one.example,@two.example:a@example.org>", "a@example.org")]
    [InlineData("<a@[192.0.2.1]>", "a@[192.0.2.1]")]
    [InlineData("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]")]
    [InlineData("<用户@例子.example>", "用户@例子.example")]
    [InlineData("<a@host_with_underscore.example>", "a@host_with_underscore.example")]
    [InlineData("<a@b>", "a@b")]
    [InlineData("<postMaster>", "postMaster@mx.example.org")]
    public void A_path_is_read(string text, string expected)
    {
        Assert.True(PathReader.TryRead(text, "mx.example.org", out MailAddress? path, out int length));
        Assert.Equal(expected, path?.ToString());
        Assert.Equal('>', text[length - 1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a@example.org")]
    [InlineData("<a@example.org")]
    [InlineData("<a@example.org>x")]
    [InlineData("<a>")]
    [InlineData("<@example.org>")]
    [InlineData("<a@>")]
    [InlineData("<a..b@example.org>")]
    [InlineData("<.a@example.org>")]
    [InlineData("<a.@example.org>")]
    [InlineData("<a b@example.org>")]
    [InlineData("<a@b@example.org>")]
    [InlineData("<a@example..org>")]
    [InlineData("<a@.example.org>")]
    [InlineData("<a@example.org.>")]
    [InlineData("<a@-example.org>")]
    [InlineData("<a@exam ple.org>")]
    [InlineData("<a@exam!ple.org>")]
    [InlineData("<\"a@example.org>")]
    [InlineData("<\"a\"b@example.org>")]
    [InlineData("<\"\"@example.org>")]
    [InlineData("<a\\@example.org>")]
    [InlineData("<<a@example.org>>")]
    [InlineData("<a@[192.0.2]>")]
    [InlineData("<a@[192.0.2.256]>")]
    [InlineData("<a@[2001:db8::1]>")]
    [InlineData("<a@[IPv6:192.0.2.1]>")]
    [InlineData("<a@[IPv6:fe80::1%eth0]>")]
    [InlineData("<a@[x400:anything]>")]
    [InlineData("<a@[]>")]
    [InlineData("<@one.example a@example.org>")]
    [InlineData("<@one..example:a@example.org>")]
    [InlineData("<one.example:a@example.org>")]
    [InlineData("<@one.example:>")]
    [InlineData("<a@exam\u0085ple.org>")]
    public void What_is_no_path_is_refused(string text) => Assert.False(PathReader.TryRead(text, "mx.example.org", out _, out _));

    [Fact]
    public void A_local_part_may_have_64_octets_and_no_more()
    {
        Assert.True(PathReader.TryRead($"<{new string('a', 64)}@b>", null, out _, out _));
        Assert.False(PathReader.TryRead($"<{new string('a', 65)}@b>", null, out _, out _));
    }

    [Fact]
    public void The_null_sender_is_no_address_and_a_sender_has_a_domain()
    {
        Assert.True(PathReader.TryRead("<>", null, out MailAddress? path, out int length));
        Assert.Null(path);
        Assert.Equal(2, length);
        Assert.False(PathReader.TryRead("<postmaster>", null, out _, out _));
    }
}

using System.Net;
using Defms.Core.Identities;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

public sealed class EndpointTests
{
    internal static string[] Canonical =>
    [
        "https://h.example", "http://h.example", "http://localhost:4080", "https://h.example:8443/alice", "https://h.example/a/b-c/d_e/f~g/h.i/...",
        "https://h.example:80", "http://h.example:443", "https://h.example:1", "https://h.example:65535", "https://xn--bcher-kva.example", "https://a_b.example",
        "https://192.0.2.1", "http://127.0.0.1:4080/x", "https://0.0.0.0", "https://1a", "https://123.example", "https://0xg",
        "https://[::1]", "https://[::]", "https://[2001:db8::1]:8443/a", "https://[2001:db8:0:1:1:1:1:1]", "https://[2001:0:0:1::1]",
        "https://[2001:db8::1:0:0:1]", "https://[fe80::5efe:102:304]", "https://[::102:304]", $"https://{new string('a', 63)}.example",
        $"https://h.example/{new string('a', 182)}",
    ];

    internal static (string Written, string Carried)[] AsWritten =>
    [
        ("https://H.Example/", "https://h.example"), ("HTTPS://h.example:443/Alice/", "https://h.example/Alice"), ("http://h.example:080", "http://h.example"),
        ("https://h.example:", "https://h.example"), ("https://h.example/a/../b", "https://h.example/b"), ("http://[2001:DB8:0:0:0:0:0:1]/", "http://[2001:db8::1]"),
        ("http://[::0:1.2.3.4]", "http://[::102:304]"), ("https://xn--BCHER-kva.example", "https://xn--bcher-kva.example"),
    ];

    [Fact]
    public void The_canonical_form_is_read_and_written_unchanged()
    {
        foreach (string text in Canonical)
        {
            Assert.True(Endpoint.TryReadUrl(text, out Uri? url), text);
            Assert.True(Endpoint.TryParseUrl(text, out Uri parsed), text);
            Assert.Equal(text, new Endpoint(url, default).Text);
            Assert.Equal(text, new Endpoint(parsed, default).Text);
        }
    }

    [Fact]
    public void What_a_person_writes_is_brought_to_the_canonical_form()
    {
        foreach ((string written, string carried) in AsWritten)
        {
            Assert.True(Endpoint.TryParseUrl(written, out Uri url), written);
            Assert.Equal(carried, new Endpoint(url, default).Text);
            Assert.False(Endpoint.TryReadUrl(written, out _), written);
        }
    }

    [Fact]
    public void A_card_carries_no_other_form()
    {
        foreach (string text in RefusedText.Urls)
            Assert.False(Endpoint.TryReadUrl(text, out _), text);
    }

    [Theory]
    [InlineData("https://user@h.example")]
    [InlineData("https://@h.example")]
    [InlineData("https://h.example?")]
    [InlineData("https://h.example/#a")]
    [InlineData("https://h.example/%2e%2e")]
    [InlineData("https://h.example/a b")]
    [InlineData(" https://h.example")]
    [InlineData("https://h.example\n")]
    [InlineData("https:\\\\h.example")]
    [InlineData("https://h.example\\@other.example")]
    [InlineData("https://b\u00fccher.example")]
    [InlineData("https://\u212a.example")]
    [InlineData("https://\uff11\uff12\uff17.0.0.1")]
    [InlineData("https://10.1")]
    [InlineData("https://0x7f000001")]
    [InlineData("https://[fe80::1%eth0]")]
    [InlineData("https://[::ffff:1.2.3.4]")]
    [InlineData("ftp://h.example")]
    [InlineData("mailto:alice@example.org")]
    [InlineData("/relative")]
    [InlineData("")]
    public void What_could_mean_another_place_is_refused_from_a_person_too(string text) =>
        Assert.False(Endpoint.TryParseUrl(text, out _));

    [Fact]
    public void An_endpoint_of_any_url_has_some_text_and_no_exception()
    {
        foreach (string text in new[] { "relative", "http://user@h.example", "http://h.example?q", "mailto:a@b.example", "http://b\u00fccher.example" })
        {
            string carried = new Endpoint(new Uri(text, UriKind.RelativeOrAbsolute), default).Text;
            Assert.False(Endpoint.TryReadUrl(carried, out _), carried);
        }
    }

    [Fact]
    public void Whatever_is_read_has_one_text_and_the_parser_sees_the_same_host() => Property.Holds(20_000, random =>
    {
        string text = RandomUrl(random);
        bool parsed = Endpoint.TryParseUrl(text, out Uri url);
        if (parsed)
        {
            string carried = new Endpoint(url, default).Text;
            Assert.True(Endpoint.TryReadUrl(carried, out Uri? read), carried);
            Assert.Equal(carried, new Endpoint(read, default).Text);
            Assert.Equal(url, read);
        }
        if (Endpoint.TryReadUrl(text, out Uri? strict))
        {
            Assert.True(parsed, text);
            Assert.Equal(text, new Endpoint(strict, default).Text);
            // What HTTP clients use: none of it throws, and the host is the one in the text.
            Assert.Contains(strict.HostNameType == UriHostNameType.IPv6 ? "[" : strict.IdnHost, text, StringComparison.Ordinal);
            Assert.Equal("", strict.UserInfo + strict.Query + strict.Fragment);
            Assert.True(Uri.TryCreate(strict.AbsoluteUri, UriKind.Absolute, out _));
        }
    });

    [Fact]
    public void Every_IPv6_address_but_the_mapped_ones_has_a_text_that_is_read_back() => Property.Holds(5_000, random =>
    {
        byte[] bytes = random.Bytes(16);
        for (int group = 0; group < 8; group++)
        {
            if (random.Below(2) == 0)
                bytes[2 * group] = bytes[2 * group + 1] = 0;
        }
        IPAddress address = new(bytes);
        Assert.True(Endpoint.TryParseUrl($"https://[{address}]", out Uri url), address.ToString());
        string text = new Endpoint(url, default).Text;
        Assert.Equal(address, IPAddress.Parse(text["https://[".Length..^1]));
        Assert.True(Endpoint.TryReadUrl(text, out _), text);
    });

    private static string RandomUrl(RandomSource random)
    {
        string[] pieces =
        [
            "https://", "http://", "h", ".", "example", ":", "443", "80", "8443", "0", "/", "a", "..", "xn--", "-", "_", "~", "[", "]", "::", "1", "ffff", "255", "0x7f", "A",
            "\u00fc", "%41", "@", "?", "#", " ", "\\", "xn--bcher-kva", "\u3002", ";",
        ];
        string text = random.Below(8) == 0 ? "" : random.Pick(pieces[..2]);
        for (int count = random.Below(10); count > 0; count--)
            text += random.Pick(random.Below(4) == 0 ? pieces : pieces[2..17]);
        return text;
    }
}

using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class HtmlTextTests
{
    [Theory]
    [InlineData("<p>Hello <b>Bob</b>,\n how  are&nbsp;you?</p><p>Fine.</p>", "Hello Bob, how are you?\n\nFine.")]
    [InlineData("a<br>b<br><br>c", "a\nb\n\nc")]
    [InlineData("<ul><li>one<li>two</ul>after", "- one\n- two\n\nafter")]
    [InlineData("<blockquote>said <blockquote>before</blockquote></blockquote>answer", "> said\n>>\n>> before\n\nanswer")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc")]
    [InlineData("<head><title>no</title><style>p{}</style></head><body>yes<script>if (a<b) no()</script></body>", "yes")]
    [InlineData("<div style='display: none'>secret <p>more</p></div>shown", "shown")]
    [InlineData("<p hidden>secret<p>shown", "shown")]
    [InlineData("<pre>a  b\n  c</pre>", "a  b\n  c")]
    [InlineData("x &lt;tag&gt; &amp; &eacute; &#8364;", "x <tag> & é €")]
    [InlineData("<a href='https://example.org/x'>here</a> and <a href=\"https://example.org/x\">there</a>", "here [1] and there [1]\n\n[1] https://example.org/x")]
    [InlineData("<a href='https://example.org/'>example.org</a>", "example.org")]
    [InlineData("<a href='javascript:alert(1)'>here</a>", "here")]
    [InlineData("<img src=x alt='A cat'><img src=pixel alt=''>", "[A cat]")]
    [InlineData("a\u200B \u200C \u200C b", "a b")]
    [InlineData("<!-- no --><![CDATA[x]]>plain", "plain")]
    [InlineData("no tags at all\nhere", "no tags at all here")]
    [InlineData("<b", "")]
    [InlineData("", "")]
    public void Html_reads_as_text(string html, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : expected + "\n", HtmlText.Read(html));

    [Fact]
    public void Mail_with_html_alone_has_a_text() =>
        Assert.Equal("Hi é\n", Read("Content-Type: text/html; charset=utf-8\n\n<html><body><p>Hi \u00c3\u00a9</body>").Text);

    [Theory]
    [InlineData("<meta http-equiv=Content-Type content=\"text/html; charset=koi8-r\">\u00f0", "П\n")]
    [InlineData("<meta charset='utf-8'>\u00e9", "é\n")]
    [InlineData("<meta charset=utf-16>x", "x\n")]
    public void Html_may_name_its_charset_itself(string html, string expected) =>
        Assert.Equal(expected, Read("Content-Type: text/html\n\n" + html).Text);

    private static MailMessage Read(string latin1) => MailMessage.Parse(Encoding.Latin1.GetBytes(latin1));
}

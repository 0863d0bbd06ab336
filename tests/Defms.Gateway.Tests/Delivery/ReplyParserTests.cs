using System.Text;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Tests.Delivery;

public sealed class ReplyParserTests
{
    [Theory]
    [InlineData("250 OK\r\n", 250, "250 OK", null)]
    [InlineData("250\r\n", 250, "250", null)]
    [InlineData("250 \r\n", 250, "250 ", null)]
    [InlineData("250 2.1.5 fine\n", 250, "250 2.1.5 fine", "2.1.5")]
    [InlineData("550-5.1.1 no\r\n550-\r\n550 5.1.1 such user\r\n", 550, "550-5.1.1 no\n550-\n550 5.1.1 such user", "5.1.1")]
    [InlineData("450 5.1.1 class and code differ\r\n", 450, "450 5.1.1 class and code differ", null)]
    [InlineData("550 5.1.1234 no code\r\n", 550, "550 5.1.1234 no code", null)]
    [InlineData("421 4.3.2\r\n", 421, "421 4.3.2", "4.3.2")]
    [InlineData("250 a\u001b[31mred\0\r\n", 250, "250 a?[31mred?", null)]
    public void A_reply_is_read_wherever_it_is_cut(string octets, int code, string verbatim, string? enhanced)
    {
        for (int cut = 0; cut < octets.Length; cut++)
        {
            var parser = new ReplyParser();
            Assert.Null(parser.Take(Encoding.UTF8.GetBytes(octets[..cut]), out int first));
            RemoteReply? reply = parser.Take(Encoding.UTF8.GetBytes(octets[cut..] + "250 next"), out int second);
            Assert.Equal((code, verbatim, enhanced), (reply!.Code, reply.Verbatim, reply.Enhanced?.ToString()));
            Assert.Equal(octets.Length, first + second);
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("25\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("150 soon\r\n")]
    [InlineData("650 x\r\n")]
    [InlineData("2x0 x\r\n")]
    [InlineData("250x\r\n")]
    [InlineData("250-a\r\n550 b\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public void What_is_no_reply_is_a_fault(string octets)
    {
        RemoteReply? reply = new ReplyParser().Take(Encoding.ASCII.GetBytes(octets), out _);
        Assert.True(reply!.IsFault);
        Assert.False(reply.IsPositive || reply.IsPermanent);
    }

    [Fact]
    public void Lines_without_end_and_replies_without_end_are_faults()
    {
        Assert.True(new ReplyParser().Take(new byte[ReplyParser.MaxLine + 1], out _)!.IsFault);
        string endless = string.Concat(Enumerable.Repeat("250-x\r\n", ReplyParser.MaxLines + 1));
        Assert.True(new ReplyParser().Take(Encoding.ASCII.GetBytes(endless), out _)!.IsFault);
    }
}

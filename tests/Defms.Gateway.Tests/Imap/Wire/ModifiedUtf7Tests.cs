using System.Text;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Tests.Imap.Wire;

public sealed class ModifiedUtf7Tests
{
    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e")] // RFC 3501, 5.1.3
    [InlineData("A&-B", "A&B")]
    [InlineData("Entw&APw-rfe", "Entwürfe")]
    [InlineData("&2D3eAA-", "😀")]
    [InlineData("open &APw", "open &APw")]
    [InlineData("bad &A-", "bad &A-")]
    public void A_name_is_read_as_it_was_meant(string wire, string name) => Assert.Equal(name, ModifiedUtf7.Decode(Encoding.UTF8.GetBytes(wire)));

    [Fact]
    public void Eight_bit_names_are_read_as_utf_8() => Assert.Equal("Entwürfe", ModifiedUtf7.Decode("Entwürfe"u8));

    [Theory]
    [InlineData("17-Jul-1996 02:44:25 -0700", "1996-07-17T02:44:25-07:00")]
    [InlineData(" 1-Feb-2024 23:59:59 +0000", "2024-02-01T23:59:59+00:00")]
    [InlineData("1-Feb-2024 23:59:59 +0530", "2024-02-01T23:59:59+05:30")]
    public void A_date_is_read(string wire, string date) => Assert.Equal(DateTimeOffset.Parse(date), InternalDate.Read(Encoding.ASCII.GetBytes(wire)));

    [Theory]
    [InlineData("")]
    [InlineData("31-Feb-2024 00:00:00 +0000")]
    [InlineData("01-Feb-2024 00:00:00 +9999")]
    [InlineData("01-Feb-2024T00:00:00 +00000")]
    public void What_is_no_date_is_none(string wire) => Assert.Null(InternalDate.Read(Encoding.ASCII.GetBytes(wire)));
}

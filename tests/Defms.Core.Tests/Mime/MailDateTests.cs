using System.Globalization;
using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

public sealed class MailDateTests
{
    [Theory]
    [InlineData("Thu, 13 Feb 1969 23:32:54 -0330", "1969-02-13T23:32:54-03:30")]
    [InlineData("13 Feb 69 23:32 GMT", "1969-02-13T23:32:00+00:00")]
    [InlineData("Fri, 1 Jan 100 10:00:00 +0000", "2000-01-01T10:00:00+00:00")]
    [InlineData("Sun Oct 27 23:57:07 2002", "2002-10-27T23:57:07+00:00")]
    [InlineData("Sun Oct 27 23:57:07 EST 2002", "2002-10-27T23:57:07-05:00")]
    [InlineData("Sun Oct 27 23:57:07 2002 +0100", "2002-10-27T23:57:07+01:00")]
    [InlineData("Sunday, 27-Oct-02 23:57:07 MET", "2002-10-27T23:57:07+01:00")]
    [InlineData("27-Oct-2002 11:57 PM +0100", "2002-10-27T23:57:00+01:00")]
    [InlineData("27 October 2002 12:05 am", "2002-10-27T00:05:00+00:00")]
    [InlineData("2002-10-27T23:57:07Z", "2002-10-27T23:57:07+00:00")]
    [InlineData("2002-10-27 23:57:07.123 +02:00", "2002-10-27T23:57:07+02:00")]
    [InlineData("2002-10-27T23:57:07.5-0430", "2002-10-27T23:57:07-04:30")]
    [InlineData("Sun, 27 Oct 2002 23:57:60 +0000 (leap)", "2002-10-27T23:57:59+00:00")]
    [InlineData("Sun, 27 Oct 2002 23:57:07 GMT+0100", "2002-10-27T23:57:07+01:00")]
    [InlineData("Sun, 27 Oct 2002 23:57:07 +0100 (CET)", "2002-10-27T23:57:07+01:00")]
    [InlineData("Sun (day), 27 (of) Oct (or so) 2002 (in (all)) 23:57:07 (now) -0000", "2002-10-27T23:57:07+00:00")]
    [InlineData("Sun,27 Oct 2002 23:57:07 +0100", "2002-10-27T23:57:07+01:00")]
    [InlineData("Sun, 27 Oct 2002 23:57:07 +9900", "2002-10-23T20:57:07+00:00")]
    [InlineData("Sun, 27 Oct 2002 23:57:07", "2002-10-27T23:57:07+00:00")]
    [InlineData("Sun, 27 Oct 2002 23:57:07 XYZ", "2002-10-27T23:57:07+00:00")]
    [InlineData("\"Sun, 27 Oct 2002 23:57:07 +0100\"", "2002-10-27T23:57:07+01:00")]
    [InlineData("Sun, 27 Oct 2002 9:5:6 -0500", "2002-10-27T09:05:06-05:00")]
    public void Dates_are_read_as_they_were_meant(string value, string expected)
    {
        Assert.True(MailDate.TryParse(Encoding.Latin1.GetBytes(value), out DateTimeOffset date));
        Assert.Equal(expected, date.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Whenever")]
    [InlineData("32 Oct 2002 10:00:00 +0000")]
    [InlineData("30 Feb 2002 10:00:00 +0000")]
    [InlineData("Sun, 27 Oct 2002")]
    [InlineData("27 Oct 99999 10:00:00 +0000")]
    [InlineData("27 Oct 2002 25:00:00 +0000")]
    [InlineData("((((")]
    public void What_is_no_date_gives_none(string value) => Assert.False(MailDate.TryParse(Encoding.Latin1.GetBytes(value), out _));

    [Fact]
    public void The_ends_of_time_are_no_exception()
    {
        foreach (string value in (string[])["1 Jan 0001 00:00:00 +1400", "31 Dec 9998 23:59:59 -1400", "31 Dec 9999 23:59:59 -1400", "1 Jan 0 00:00 +9999"])
            _ = MailDate.TryParse(Encoding.Latin1.GetBytes(value), out _);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var random = new Random(7);
        for (int i = 0; i < 1000; i++)
        {
            DateTimeOffset date = DateTimeOffset.UnixEpoch.AddSeconds(random.NextInt64(-2_000_000_000, 200_000_000_000)).ToOffset(TimeSpan.FromMinutes(random.Next(-14 * 60, (14 * 60) + 1)));
            Assert.True(MailDate.TryParse(Encoding.ASCII.GetBytes(MailDate.Format(date)), out DateTimeOffset read));
            Assert.Equal(date, read);
            Assert.Equal(date.Offset, read.Offset);
        }
    }
}

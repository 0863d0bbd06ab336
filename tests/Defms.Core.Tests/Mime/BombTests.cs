using System.Diagnostics;
using System.Text;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Mime;

/// <summary>Messages made to hurt. Each is read whole within two seconds, and one four times as large takes about four times as long.</summary>
[Collection(TimedTests.Name)]
public sealed class BombTests(ITestOutputHelper output)
{
    // Of all that is allocated while everything is asked, most is garbage at once; the bound shows that it grows with the input alone.
    private const long MaxAllocated = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Names => [.. Bombs.Keys];

    private static Dictionary<string, (int Size, Func<int, string> Make)> Bombs { get; } = new()
    {
        ["nested multiparts"] = (10_000, n => Repeat(n, i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")),
        ["nested messages"] = (10_000, n => Repeat(n, _ => "Content-Type: message/rfc822\n\n")),
        ["one boundary nested"] = (10_000, n => Repeat(n, _ => "Content-Type: multipart/mixed; boundary=b\n\n--b\n")),
        ["a million parts"] = (1_000_000, n => "Content-Type: multipart/mixed; boundary=b\n\n" + Repeat(n, _ => "--b\n\nx\n")),
        ["a million empty delimiters"] = (1_000_000, n => "Content-Type: multipart/mixed; boundary=b\n\n" + Repeat(n, _ => "--b\n")),
        ["delimiters of nobody under deep nesting"] = (1_000_000, n => Repeat(99, i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n") + Repeat(n, _ => "--zz\n")),
        ["multiparts without boundary"] = (100_000, n => "Content-Type: multipart/mixed\n\n" + Repeat(n, i => $"--g{i}\nContent-Type: multipart/mixed\n\n")),
        ["a header field of 10 MB"] = (10_000_000, n => "Subject: " + new string('x', n) + "\n\n"),
        ["a folded field of 10 MB"] = (5_000_000, n => "Subject: " + Repeat(n, _ => "\n ") + "\n\n"),
        ["a million fields"] = (1_000_000, n => Repeat(n, _ => "a: b\n") + "\n"),
        ["500,000 addresses"] = (500_000, n => "To: " + Repeat(n, i => $"A {i} <a{i}@example.org>, ") + "x@y\n\n"),
        ["500,000 addresses without commas"] = (500_000, n => "To: " + Repeat(n, _ => "a@b ") + "\n\n"),
        ["500,000 foreign domains"] = (100_000, n => "To: " + Repeat(n, i => $"a@ü{i}.\u0301ß, ") + "\n\n"),
        ["at signs"] = (2_000_000, n => "To: a" + new string('@', n) + "\n\n"),
        ["at signs in brackets"] = (2_000_000, n => "To: <a" + new string('@', n) + "\n\n"),
        ["open brackets"] = (2_000_000, n => "To: " + new string('<', n) + "\n\n"),
        ["open square brackets"] = (1_000_000, n => "To: " + Repeat(n, _ => "a@[ ") + "\n\n"),
        ["quotes"] = (2_000_000, n => "To: " + new string('"', n) + "\n\n"),
        ["100,000 nested comments"] = (100_000, n => "To: " + new string('(', n) + new string(')', n) + " a@b\nDate: " + new string('(', n) + "\n\n"),
        ["comments that never close"] = (1_000_000, n => "To: " + Repeat(n, _ => "(a ") + "\nContent-Type: text/plain; " + Repeat(n, _ => "(a ") + "\n\n"),
        ["groups"] = (500_000, n => "To: " + Repeat(n, _ => "g:") + "\n\n"),
        ["100,000 RFC 2231 parameters"] = (100_000, n => "Content-Type: text/plain" + Repeat(n, i => $"; name*{i}*=%41") + "\n\n"),
        ["100,000 plain parameters"] = (100_000, n => "Content-Type: text/plain" + Repeat(n, i => $"; n{i}=v") + "\n\n"),
        ["words in a parameter"] = (1_000_000, n => "Content-Type: text/plain; name=" + Repeat(n, _ => "a ") + "\n\n"),
        ["parameters without end"] = (1_000_000, n => "Content-Type: text/plain; " + Repeat(n, _ => "a=b c ") + "\n\n"),
        ["encoded words"] = (500_000, n => "Subject: " + Repeat(n, _ => "=?utf-8?q?=C3?= =?utf-8?q?=A9?= ") + "\n\n"),
        ["encoded words that never end"] = (1_000_000, n => "Subject: " + Repeat(n, _ => "=?a?q?") + "\n\n"),
        ["starts of encoded words"] = (5_000_000, n => "Subject: " + Repeat(n, _ => "=?") + "\n\n"),
        ["charsets nobody knows"] = (100_000, n => "Subject: " + Repeat(n, i => $"=?x{i}?q?=E9?= ") + "\n\n"),
        ["identifiers"] = (500_000, n => "References: " + Repeat(n, i => $"<{i}@x> ") + "\nMessage-ID: " + new string('<', n) + "\n\n"),
        ["an equals sign a line"] = (2_000_000, n => "Content-Transfer-Encoding: quoted-printable\n\n" + Repeat(n, _ => "=\n")),
        ["padding in base64"] = (2_000_000, n => "Content-Transfer-Encoding: base64\n\n" + Repeat(n, _ => "YQ==\n")),
        ["quoted lines"] = (1_000_000, n => "Content-Type: text/plain; format=flowed\n\n" + Repeat(n, _ => "> a \n")),
        ["reply marks"] = (1_000_000, n => "Subject: " + Repeat(n, _ => "Re:") + "\n\n"),
        ["colons"] = (2_000_000, n => new string(':', n) + "\n\n"),
        ["carriage returns"] = (2_000_000, n => "Subject: a" + new string('\r', n) + "b\n\n"),
        ["uuencoded lines"] = (1_000_000, n => "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + Repeat(n, _ => "M\n")),
        ["shifts in UTF-7"] = (1_000_000, n => "Content-Type: text/plain; charset=utf-7\n\n" + Repeat(n, _ => "+A")),
        ["nested elements"] = (500_000, n => Html + Repeat(n, _ => "<div>")),
        ["nested quotes"] = (200_000, n => Html + Repeat(n, _ => "<blockquote>a")),
        ["hidden elements"] = (300_000, n => Html + Repeat(n, _ => "<p style='display:none'>a</b>")),
        ["links"] = (100_000, n => Html + Repeat(n, i => $"<a href=http://x/{i}>a")),
        ["long links"] = (100_000, n => Html + "<a href=http://x>" + Repeat(n, _ => "a<a href=http://y>")),
        ["attributes"] = (500_000, n => Html + "<a " + Repeat(n, i => "x ") + ">"),
        ["character references"] = (1_000_000, n => Html + Repeat(n, _ => "&notit")),
    };

    private const string Html = "Content-Type: text/html\n\n";

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bomb_is_read_in_linear_time(string name)
    {
        (int size, Func<int, string> make) = Bombs[name];
        byte[] quarter = Encoding.UTF8.GetBytes(make(size / 4)), whole = Encoding.UTF8.GetBytes(make(size));
        TimeSpan small = Time(quarter);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan large = Time(whole);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        for (int again = 0; again < 3 && IsTooLong(small, large); again++)
            (small, large) = (Min(small, Time(quarter)), Min(large, Time(whole)));
        output.WriteLine($"{name}: {whole.Length:N0} octets in {large.TotalMilliseconds:N0} ms, a quarter in {small.TotalMilliseconds:N0} ms, {(double)allocated / whole.Length:N1} octets allocated for each");
        Assert.True(allocated <= MaxAllocated * whole.Length, $"{allocated:N0} octets allocated for {whole.Length:N0}");
        Assert.False(IsTooLong(small, large), $"{small.TotalMilliseconds:N0} ms became {large.TotalMilliseconds:N0} ms");
    }

    /// <summary>Over the limit, or more than twice the linear growth and what a busy machine adds.</summary>
    private static bool IsTooLong(TimeSpan quarter, TimeSpan whole) => whole > Limit || whole > (8 * quarter) + TimeSpan.FromMilliseconds(200);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Time(byte[] octets)
    {
        long start = Stopwatch.GetTimestamp();
        Exercise.Everything(octets);
        return Stopwatch.GetElapsedTime(start);
    }

    private static string Repeat(int count, Func<int, string> piece)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
            text.Append(piece(i));
        return text.ToString();
    }
}

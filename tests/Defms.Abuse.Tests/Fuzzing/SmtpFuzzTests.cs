using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Smtp.Wire;
using Defms.Gateway.Tests.Smtp.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Abuse.Tests.Fuzzing;

/// <summary>
/// Whole SMTP sessions: a mail is taken only with a proper end of its data, and the answers come in the order of the commands, however the octets are cut.
/// </summary>
public sealed partial class SmtpFuzzTests
{
    /// <summary>What is looked for is simple; a machine that stands still for a minute fails other tests first.</summary>
    private const int RegexMilliseconds = 60_000;

    private static readonly string[] Fragments =
    [
        "\r\n.\r\n", "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n..\r\n", "\r\n.", ".\r\n", "\r\n", "\r", "\n", "EHLO x\r\n", "HELO x\r\n", "MAIL FROM:<a@b>\r\n", "MAIL FROM:<>\r\n",
        "RCPT TO:<c@example.org>\r\n", "RCPT TO:<nobody@example.org>\r\n", "RCPT TO:<broken@example.org>\r\n", "DATA\r\n", "BDAT 5\r\n", "BDAT 5 LAST\r\n", "BDAT 0 LAST\r\n", "RSET\r\n",
        "NOOP\r\n", "QUIT\r\n", "VRFY x\r\n", "AUTH PLAIN\r\n", "STARTTLS\r\n", " SIZE=100", " BODY=8BITMIME", " SMTPUTF8", " NOTIFY=NEVER", " ORCPT=rfc822;a", "\0", "\u00c3\u00a9", "<", ">", "@", "\"", "[", "]", ":", "x@y",
    ];

    private static readonly SmtpOptions Options = new()
    {
        HostName = "mx.example.org",
        Limits = new SmtpLimits { Mail = 4000, DiscardedMail = 8000, MailLine = 1200, Recipients = 5, CommandsPerSession = 60, ErrorsPerSession = 8, MailsPerSession = 6 },
    };

    private static readonly string[] Seeds =
    [
        "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@example.org>\r\nDATA\r\nSubject: x\r\n\r\nHello\r\n..dot\r\n.\r\nQUIT\r\n",
        "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<c@example.org>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\n1\r\n.\r\nMAIL FROM:<x@y> SIZE=20\r\nRCPT TO:<d@example.org>\r\nDATA\r\n2\r\n.\r\nQUIT\r\n",
        "EHLO c\r\nMAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<c@example.org>\r\nBDAT 7\r\nHello\r\nBDAT 5 LAST\r\nyou\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@example.org>\r\nBDAT 3 LAST\r\nx\r\nQUIT\r\n",
        "EHLO c\r\nNOOP\r\nHELP\r\nVRFY x\r\nRSET\r\nMAIL FROM:<a@b> RET=HDRS ENVID=a+2Bb\r\nRCPT TO:<\"a b\"@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x\r\nDATA\r\n.\r\nQUIT\r\n",
        // A line that is too long in a mail that is too large: what is told once depended on where the octets were cut.
        $"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n{new string('x', 900)}\r\n{new string('y', 900)}\r\n{new string('z', 2500)}\r\n.\r\nQUIT\r\n",
    ];

    [Fact]
    public void No_mail_is_taken_without_a_proper_end_and_answers_keep_their_order()
    {
        new Fuzzer("smtp", Seeds.Select(Encoding.Latin1.GetBytes), new LineEdits(Fragments).Grow, Converse).Run();
    }

    private static string Converse(byte[] input)
    {
        (string heard, IReadOnlyList<TakenMail> mails) = Converse(input, pieces: null);
        (string cut, IReadOnlyList<TakenMail> same) = Converse(input, new Random(input.Length));
        Assert.Equal(heard, cut);
        Assert.Equal(mails.Select(mail => mail.Text), same.Select(mail => mail.Text));
        List<string> replies = Replies(heard);
        string sent = Encoding.Latin1.GetString(input);
        foreach (TakenMail mail in mails)
            Assert.True(HasEnd(sent, mail.Text), $"A mail was taken whose data had no end: {mail.Text}");
        Assert.Equal(mails.Count, replies.Count(reply => reply == "250 2.0.0 Taken"));
        return string.Join(' ', replies.Distinct().Select(reply => reply.Split(' ')[0]).Take(12)) + $" {mails.Count} {Outcome.About(replies.Count)}";
    }

    /// <summary>Every reply is whole and well formed; the greeting is first, and nothing follows a goodbye.</summary>
    private static List<string> Replies(string heard)
    {
        var replies = new List<string>();
        Assert.True(heard.Length == 0 || heard.EndsWith("\r\n", StringComparison.Ordinal), "The last reply has no end");
        foreach (string line in heard.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.Matches(ReplyLine(), line);
            if (line[3] == ' ')
                replies.Add(line);
        }
        Assert.StartsWith("220 ", replies[0], StringComparison.Ordinal);
        Assert.DoesNotContain(replies.SkipLast(1), reply => reply.StartsWith("221", StringComparison.Ordinal) || reply.StartsWith("421", StringComparison.Ordinal));
        return replies;
    }

    /// <summary>
    /// Whether a mail may be taken of these octets, found by other means than the session's: it stands between a DATA line and the first CRLF.CRLF with its
    /// dots undone, or counted chunks up to a LAST hold it.
    /// </summary>
    private static bool HasEnd(string input, string mail) => DataLine().Matches(input).Any(data => Between(input, data.Index + data.Length) == mail) || IsChunked(input, mail);

    private static string? Between(string input, int start)
    {
        int end = string.Concat("\r\n", input.AsSpan(start)).IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        return end < 0 ? null : string.Concat("\r\n", input.AsSpan(start, end)).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];
    }

    /// <summary>Goes from chunk to chunk, passing over any: how far into the mail one may have come, and behind which octet of the input.</summary>
    private static bool IsChunked(string input, string mail)
    {
        HashSet<(int Told, int Behind)> reached = [(0, 0)];
        foreach (Match chunk in Chunk().Matches(input))
        {
            int start = chunk.Index + chunk.Length;
            if (!int.TryParse(chunk.Groups["count"].ValueSpan, out int count) || count > input.Length - start)
                continue;
            foreach ((int told, int _) in reached.Where(at => at.Behind <= chunk.Index && string.CompareOrdinal(mail, at.Told, input, start, count) == 0).ToList())
            {
                if (chunk.Groups["last"].Success && told + count == mail.Length)
                    return true;
                reached.Add((told + count, start + count));
            }
        }
        return false;
    }

    private static (string Heard, IReadOnlyList<TakenMail> Mails) Converse(byte[] input, Random? pieces)
    {
        var desk = new TestDesk();
        var line = new MemoryLine();
        var time = new ManualTime();
        var parts = new SmtpParts(Options, desk, null, new AuthGuard(time), null, new OctetBudget(Options.Limits.AllMails), time, NullLogger.Instance, CancellationToken.None);
        var session = new SmtpSession(parts, SmtpPort.Exchange, new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711), line);
        SynchronizationContext.SetSynchronizationContext(null);
        Task talk = session.RunAsync(CancellationToken.None);
        for (int at = 0; at < input.Length && !talk.IsCompleted;)
        {
            int length = pieces is null ? input.Length : Math.Min(input.Length - at, 1 + pieces.Next(40));
            line.SendAsync(input.AsMemory(at, length)).GetAwaiter().GetResult();
            at += length;
        }
        line.HangUp();
        Assert.True(talk.Wait(TimeSpan.FromSeconds(60)), "The session does not end");
        session.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return (line.Hear(), desk.Mails);
    }

    [GeneratedRegex("^[2345][0-9]{2}[ -][^\\x00-\\x1f]*$", RegexOptions.None, RegexMilliseconds)]
    private static partial Regex ReplyLine();

    [GeneratedRegex("DATA *\\r\\n", RegexOptions.IgnoreCase, RegexMilliseconds)]
    private static partial Regex DataLine();

    [GeneratedRegex("BDAT +(?<count>[0-9]+)(?<last> +LAST)? *\\r\\n", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, RegexMilliseconds)]
    private static partial Regex Chunk();
}

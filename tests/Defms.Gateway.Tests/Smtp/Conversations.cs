using Defms.Gateway.Smtp;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>The client's side (| is CRLF), the server's replies, and the mails that came about.</summary>
internal static class Conversations
{
    private const string Begin = "EHLO client.example|MAIL FROM:<a@example.com>|RCPT TO:<b@example.org>|";
    private const string Begun = "220, 250, 250 2.1.0, 250 2.1.5";
    private const string Plain = "AHVzZXIAcGVuY2ls";

    private static readonly SmtpOptions Lenient = new() { HostName = "mx.example.org", NormalizesLineEnds = true };

    private static readonly SmtpOptions Small = new()
    {
        HostName = "mx.example.org",
        Limits = new SmtpLimits { Mail = 100, DiscardedMail = 200, MailLine = 60, Recipients = 2, ErrorsPerSession = 3, MailsPerSession = 2, CommandsPerSession = 12, FreeToBegin = 0 },
    };

    public static readonly IReadOnlyDictionary<string, Conversation> All = new Dictionary<string, Conversation>
    {
        ["HELO"] = Conversation.Of(
            "HELO client.example|MAIL FROM:<a@example.com>|RCPT TO:<b@example.org>|DATA|Subject: x||Hello|.|QUIT|",
            Begun + ", 354, 250 2.0.0, 221 2.0.0", "a@example.com > b@example.org: Subject: x||Hello|"),
        ["two mails"] = Conversation.Of(
            Begin + "DATA|1|.|MAIL FROM:<>|RCPT TO:<c@example.org>|RCPT TO:<d@example.org>|DATA|2|.|QUIT|",
            Begun + ", 354, 250 2.0.0, 250 2.1.0, 250 2.1.5, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0",
            "a@example.com > b@example.org: 1|", "<> > c@example.org,d@example.org: 2|"),
        ["dots"] = Conversation.Of(Begin + "DATA|..|...|.x|x.|..x|.|QUIT|", Begun + ", 354, 250 2.0.0, 221 2.0.0", "a@example.com > b@example.org: .|..|x|x.|.x|"),
        ["an empty mail"] = Conversation.Of(Begin + "DATA|.|QUIT|", Begun + ", 354, 250 2.0.0, 221 2.0.0", "a@example.com > b@example.org: "),
        ["parameters"] = Conversation.Of(
            "EHLO client.example|MAIL FROM:<ä@example.com> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb AUTH=<>|"
                + "RCPT TO:<ü@exämple.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+40example.org|DATA|x|.|QUIT|",
            Begun + ", 354, 250 2.0.0, 221 2.0.0", "ä@example.com > ü@exämple.org: x|"),
        ["wrong parameters"] = Conversation.Of(
            "EHLO x|MAIL FROM:<a@b> SIZE=x|MAIL FROM:<a@b> BODY=BINARYMIME|MAIL FROM:<a@b> RET=ALL|MAIL FROM:<a@b> SIZE=1 SIZE=1|MAIL FROM:<a@b> X=1|"
                + "MAIL FROM:<a@b> ENVID=+4|MAIL FROM:<ä@b>|MAIL FROM:<a@b> SIZE=99999999999999999999|MAIL FROM:<a@b>x|MAIL FROM:<a@b> SMTPUTF8|"
                + "RCPT TO:<c@d> NOTIFY=NEVER,DELAY|RCPT TO:<c@d> ORCPT=x|RCPT TO:<c@d> SIZE=1|QUIT|",
            "220, 250, 501 5.5.4, 501 5.5.4, 501 5.5.4, 501 5.5.4, 555 5.5.4, 501 5.5.4, 553 5.6.7, 552 5.3.4, 501 5.1.7, 250 2.1.0, "
                + "501 5.5.4, 501 5.5.4, 555 5.5.4, 221 2.0.0"),
        ["paths"] = Conversation.Of(
            "EHLO x|MAIL FROM:<@a.example,@b.example:\"a b\\\"\"@example.com>|RCPT TO:<Postmaster>|RCPT TO: <b@[192.0.2.1]>|RCPT TO:<b@[IPv6:2001:db8::1]>|"
                + "RCPT TO:<\"<>\"@example.org>|RCPT TO:<>|RCPT TO:b@example.org|DATA|x|.|QUIT|",
            "220, 250, 250 2.1.0, 250 2.1.5, 250 2.1.5, 250 2.1.5, 250 2.1.5, 501 5.1.3, 501 5.1.3, 354, 250 2.0.0, 221 2.0.0",
            "\"a b\\\"\"@example.com > Postmaster@mx.example.org,b@[192.0.2.1],b@[IPv6:2001:db8::1],\"<>\"@example.org: x|"),
        ["recipients"] = Conversation.Of(
            "EHLO x|MAIL FROM:<a@b>|RCPT TO:<nobody@example.org>|RCPT TO:<full@example.org>|RCPT TO:<elsewhere@example.net>|RCPT TO:<grey@example.org>|"
                + "RCPT TO:<broken@example.org>|DATA|RCPT TO:<b@example.org>|DATA|x|.|QUIT|",
            "220, 250, 250 2.1.0, 550 5.1.1, 552 5.2.2, 550 5.7.1, 450 4.7.1, 451 4.3.0, 554 5.5.1, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0",
            "a@b > b@example.org: x|"),
        ["order"] = Conversation.Of(
            "MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|EHLO x|RCPT TO:<c@d>|MAIL FROM:<a@b>|MAIL FROM:<a@b>|RSET|DATA|RSET x|MAIL FROM:<a@b>|EHLO y|DATA|QUIT|",
            "220, 503 5.5.1, 503 5.5.1, 503 5.5.1, 250, 503 5.5.1, 250 2.1.0, 503 5.5.1, 250 2.0.0, 503 5.5.1, 501 5.5.4, 250 2.1.0, 250, 503 5.5.1, 221 2.0.0"),
        ["small talk"] = Conversation.Of(
            "noop|NOOP x|HELP|VRFY b|VRFY|EXPN list|EHLO||GET / HTTP/1.1|AUTH PLAIN|quit|",
            "220, 250 2.0.0, 250 2.0.0, 214 2.0.0, 252 2.5.2, 501 5.5.4, 500 5.5.1, 501 5.5.4, 500 5.5.1, 500 5.5.1, 502 5.5.1, 221 2.0.0"),
        ["chunks"] = Conversation.Of(
            Begin + "BDAT 4|a|.BDAT 5|||.BDAT 0 LAST|MAIL FROM:<a@b>|RCPT TO:<c@d>|bdat 3 last|x|QUIT|",
            Begun + ", 250 2.0.0, 250 2.0.0, 250 2.0.0, 250 2.1.0, 250 2.1.5, 250 2.0.0, 221 2.0.0",
            "a@example.com > b@example.org: a|.||.", "a@b > c@d: x|"),
        ["chunks out of place"] = Conversation.Of(
            "EHLO x|BDAT 6 LAST|QUIT|MAIL FROM:<a@b>|BDAT 6|QUIT|RCPT TO:<c@d>|BDAT 3|x|DATA|RCPT TO:<e@f>|BDAT 3|\rx\nBDAT 3 LAST|x|QUIT|",
            "220, 250, 503 5.5.1, 250 2.1.0, 554 5.5.1, 250 2.1.5, 250 2.0.0, 503 5.5.1, 503 5.5.1, 550 5.6.11, 503 5.5.1, 221 2.0.0"),
        ["a chunk without a number"] = Conversation.Of(Begin + "BDAT many|MAIL FROM:<evil@example.com>|", Begun + ", 501 5.5.4"),
        ["a bare LF in a command"] = Conversation.Of("EHLO x|NOOP\nMAIL FROM:<a@b>|", "220, 250, 500 5.5.2"),
        ["a bare CR in a command"] = Conversation.Of("EHLO x|NOOP\rMAIL FROM:<a@b>|QUIT|", "220, 250, 500 5.5.2, 221 2.0.0"),
        ["a bare CR in a mail"] = Conversation.Of(Begin + "DATA|a\rb|.|QUIT|", Begun + ", 354, 550 5.6.11, 221 2.0.0"),
        ["a bare LF in a mail"] = Conversation.Of(Begin + "DATA|a\nb|.|QUIT|", Begun + ", 354, 550 5.6.11, 221 2.0.0"),
        ["bare line ends made right"] = Conversation.Of(
            Begin + "DATA|a\nb\rc\r\rd\n.\n.\r.|e|.|QUIT|", Begun + ", 354, 250 2.0.0, 221 2.0.0", "a@example.com > b@example.org: a|b|c||d|.|.|.|e|") with
        { Options = Lenient },
        ["an overlong command"] = Conversation.Of(
            $"EHLO x|NOOP {new string('x', SmtpLimits.CommandLine)}|QUIT|", "220, 250, 500 5.5.2, 221 2.0.0"),
        ["too large"] = Conversation.Of(
            $"EHLO x|MAIL FROM:<a@b> SIZE=101|MAIL FROM:<a@b> SIZE=100|RCPT TO:<c@d>|DATA|{new string('x', 50)}|{new string('y', 50)}|.|NOOP|QUIT|",
            "220, 250, 552 5.3.4, 250 2.1.0, 250 2.1.5, 354, 552 5.3.4, 250 2.0.0, 221 2.0.0") with
        { Options = Small },
        ["far too large"] = Conversation.Of(
            $"EHLO x|MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|{string.Concat(Enumerable.Repeat(new string('x', 50) + "|", 7))}", "220, 250, 250 2.1.0, 250 2.1.5, 354, 552 5.3.4") with
        { Options = Small },
        ["a long line"] = Conversation.Of(
            $"EHLO x|MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|{new string('x', 61)}|.|QUIT|", "220, 250, 250 2.1.0, 250 2.1.5, 354, 550 5.6.0, 221 2.0.0") with
        { Options = Small },
        ["too many recipients"] = Conversation.Of(
            "EHLO x|MAIL FROM:<a@b>|RCPT TO:<c@d>|RCPT TO:<d@d>|RCPT TO:<e@d>|DATA|x|.|QUIT|",
            "220, 250, 250 2.1.0, 250 2.1.5, 250 2.1.5, 452 4.5.3, 354, 250 2.0.0, 221 2.0.0", "a@b > c@d,d@d: x|") with
        { Options = Small },
        ["too many errors"] = Conversation.Of("A|B|C|D|QUIT|", "220, 500 5.5.1, 500 5.5.1, 500 5.5.1, 500 5.5.1, 421 4.7.0") with { Options = Small },
        ["too many mails"] = Conversation.Of(
            "EHLO x|MAIL FROM:<a@b>|RSET|MAIL FROM:<a@b>|RSET|MAIL FROM:<a@b>|QUIT|", "220, 250, 250 2.1.0, 250 2.0.0, 250 2.1.0, 250 2.0.0, 421 4.7.0") with
        { Options = Small },
        ["too many commands"] = Conversation.Of(
            string.Concat(Enumerable.Repeat("NOOP|", 14)), "220, " + string.Concat(Enumerable.Repeat("250 2.0.0, ", 12)) + "421 4.7.0") with
        { Options = Small },
        ["STARTTLS"] = Conversation.Of("EHLO x|STARTTLS x|STARTTLS|", "220, 250, 501 5.5.4, 220 2.0.0, 503 5.5.1, 250, 503 5.5.1, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0", "a@b > c@d: x|")
            .Then("MAIL FROM:<a@b>|EHLO x|STARTTLS|MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|x|.|QUIT|"),
        ["PLAIN"] = Conversation.Of(
            "MAIL FROM:<a@b>|EHLO x|AUTH PLAIN " + Plain + "|STARTTLS|",
            "220, 530 5.7.0, 250, 538 5.7.11, 220 2.0.0, 250, 530 5.7.0, 504 5.5.4, 501 5.5.2, 501 5.5.4, 334, 501 5.7.0, 535 5.7.8, 334, 235 2.7.0, "
                + "503 5.5.1, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0", "a@b > c@d: x|")
            .Then("EHLO x|MAIL FROM:<a@b>|AUTH LOGIN|AUTH PLAIN !|AUTH|AUTH PLAIN|*|AUTH PLAIN AHVzZXIAd3Jvbmc=|AUTH plain|" + Plain + "|AUTH PLAIN|"
                + "MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|x|.|QUIT|") with
        { Port = SmtpPort.Submission },
        ["passwords that cannot be checked"] = Conversation.Of("EHLO x|STARTTLS|", "220, 250, 220 2.0.0, 250, 454 4.7.0, 235 2.7.0")
            .Then("EHLO x|AUTH PLAIN AGJyb2tlbgB4|AUTH PLAIN " + Plain + "|") with
        { Port = SmtpPort.Submission },
        ["wrong passwords"] = Conversation.Of("EHLO x|STARTTLS|", "220, 250, 220 2.0.0, 250, 535 5.7.8, 535 5.7.8, 421 4.7.0")
            .Then("EHLO x|AUTH PLAIN AHVzZXIAd3Jvbmc=|AUTH PLAIN AG5vYm9keQB3cm9uZw==|AUTH PLAIN eAB1c2VyAHBlbmNpbA==|AUTH PLAIN " + Plain + "|") with
        { Port = SmtpPort.Submission },
    };
}

namespace Defms.Gateway.Smtp;

/// <summary>What a client may cost. Sizes are octets, CRLF included where lines are meant.</summary>
internal sealed record SmtpLimits
{
    /// <summary>
    /// A command line: 512 of RFC 5321, 4.5.3.1.4, and what the extensions add to the longest, which is MAIL with SIZE (26), BODY (17),
    /// SMTPUTF8 (10), AUTH (500) and RET and ENVID (118), and some air.
    /// </summary>
    public const int CommandLine = 1_200;

    /// <summary>A line of a SASL exchange, and AUTH with an initial response: names and passwords of 500 octets fit in base64.</summary>
    public const int SaslLine = 2_000;

    /// <summary>An overlong line is read to its end so that the reply fits the command; one longer than this is no mistake but an attack.</summary>
    public const int DiscardedLine = 64 * 1024;

    /// <summary>Replies wait in memory while commands are pipelined, up to so many octets.</summary>
    public const int UnsentReplies = 4 * 1024;

    /// <summary>Passwords tried in one session; after that the client has to connect again, which is counted elsewhere.</summary>
    public const int AuthAttempts = 3;

    /// <summary>One mail, as announced in EHLO (RFC 1870). What the big providers send is at most 50 MiB in base64.</summary>
    public long Mail { get; init; } = 64L * 1024 * 1024;

    /// <summary>A mail that turned out too large is read on and thrown away for so long, so that its sender reads why; then it is cut.</summary>
    public long DiscardedMail { get; init; } = 64L * 1024 * 1024;

    /// <summary>All mails being received together; they are held in memory alone, since no plaintext may touch the disk.</summary>
    public long AllMails { get; init; } = 128L * 1024 * 1024;

    /// <summary>
    /// These limits where the program may have only so much memory: a quarter of it is for mails being received, since taking one needs its size once or
    /// twice more; and a mail, which while it grows lies in two arrays, has room in three quarters of that.
    /// </summary>
    /// <param name="memory">In octets.</param>
    public SmtpLimits Within(long memory)
    {
        long all = Math.Min(AllMails, memory / 4);
        return this with { AllMails = all, Mail = Math.Min(Mail, all / 8 * 3) };
    }

    /// <summary>A new mail is only begun while so much of <see cref="AllMails"/> is free, so that those under way may end.</summary>
    public long FreeToBegin { get; init; } = 1024 * 1024;

    /// <summary>RFC 5321 wants lines of at most 1,000; real mail has whole HTML pages on one. A reader of lines has to hold one of them.</summary>
    public int MailLine { get; init; } = 1024 * 1024;

    /// <summary>RFC 5321, 4.5.3.1.8: at least 100. A sender with more sends the rest in another transaction.</summary>
    public int Recipients { get; init; } = 100;

    /// <summary>Senders that keep sessions open begin a new one after some hundreds or thousands of mails anyway.</summary>
    public int MailsPerSession { get; init; } = 1_000;

    /// <summary>Ten a mail is more than any sender needs; one that only talks is cut here at last.</summary>
    public int CommandsPerSession { get; init; } = 10_000;

    /// <summary>Commands at once, beside those for a mail's recipients; a mail that is taken gives its commands back (<see cref="CommandRate"/>).</summary>
    public int CommandBurst { get; init; } = 1_000;

    /// <summary>Commands in the long run that bring no mail; a sender's checks are a few a minute.</summary>
    public int CommandsPerSecond { get; init; } = 10;

    /// <summary>Refused commands and recipients: a guesser of addresses has to connect again, a mistaken script is stopped.</summary>
    public int ErrorsPerSession { get; init; } = 20;

    /// <summary>A waiting connection costs us some 8 KB; TLS adds what the system's library takes.</summary>
    public int Connections { get; init; } = 1_000;

    /// <summary>Of one IPv4 address or IPv6 /64; the largest senders open some twenty to one host.</summary>
    public int ConnectionsPerAddress { get; init; } = 50;

    /// <summary>How long early talkers are waited for; senders wait 5 minutes for a banner, people not even one.</summary>
    public TimeSpan BannerDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For a whole command line, however slowly it drips; RFC 5321, 4.5.3.2.7: at least 5 minutes.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the client to take a reply or finish a handshake; a healthy one needs a second.</summary>
    public TimeSpan Reply { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Between two octets of a mail; RFC 5321, 4.5.3.2.5: 3 minutes.</summary>
    public TimeSpan DataSilence { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>A mail must come at least this fast once <see cref="DataSilence"/> is over: it holds memory that all share. 64 MiB may take 70 minutes.</summary>
    public int DataBytesPerSecond { get; init; } = 16 * 1024;
}

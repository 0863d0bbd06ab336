using System.Globalization;

namespace Defms.Gateway.Smtp;

/// <summary>An answer to one command (RFC 5321, 4.2) with its enhanced status code (RFC 2034, 3463).</summary>
/// <param name="Code">Three digits; 4xx asks to try later, 5xx refuses.</param>
/// <param name="Status">Class, subject and detail, such as 5.1.1; empty for banners, greetings and intermediate replies.</param>
/// <param name="Text">ASCII, one line without CR and LF; never what a stranger wrote.</param>
internal sealed record SmtpReply(int Code, string Status, string Text)
{
    public static readonly SmtpReply Ok = new(250, "2.0.0", "OK");
    public static readonly SmtpReply Closing = new(221, "2.0.0", "Bye");
    public static readonly SmtpReply ShuttingDown = new(421, "4.3.2", "Shutting down, come back in a while");
    public static readonly SmtpReply TimedOut = new(421, "4.4.2", "You were silent or slow for too long");
    public static readonly SmtpReply TooManyConnections = new(421, "4.7.0", "Too many connections, come back later");
    public static readonly SmtpReply TooManyErrors = new(421, "4.7.0", "Too many errors");
    public static readonly SmtpReply TooManyCommands = new(421, "4.7.0", "Too many commands in one session");
    public static readonly SmtpReply TooFast = new(421, "4.7.0", "Too many commands at once, come back later");
    public static readonly SmtpReply TooManyMails = new(421, "4.7.0", "Enough mails for one session, connect again for more");
    public static readonly SmtpReply EarlyTalker = new(554, "5.5.1", "You spoke before the banner");
    public static readonly SmtpReply LineTooLong = new(500, "5.5.2", "The line is too long");
    public static readonly SmtpReply BareLineEnd = new(500, "5.5.2", "Lines end with CRLF");
    public static readonly SmtpReply BadCharacters = new(500, "5.5.2", "The line holds control characters or is not UTF-8");
    public static readonly SmtpReply UnknownCommand = new(500, "5.5.1", "Unknown command");
    public static readonly SmtpReply BadSyntax = new(501, "5.5.4", "The arguments cannot be understood");
    public static readonly SmtpReply NoArguments = new(501, "5.5.4", "The command takes no arguments");
    public static readonly SmtpReply WrongOrder = new(503, "5.5.1", "Not now");
    public static readonly SmtpReply HelloFirst = new(503, "5.5.1", "Say EHLO first");
    public static readonly SmtpReply InternalFault = new(451, "4.3.0", "Something failed here, try again later");
    public static readonly SmtpReply NoMemory = new(452, "4.3.1", "Too much mail at once, try again later");
    public static readonly SmtpReply StoreFull = new(452, "4.3.1", "Too much mail waits here, try again later");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4", "The mail is too large");
    public static readonly SmtpReply BareLineEndInMail = new(550, "5.6.11", "The mail holds a bare CR or LF");
    public static readonly SmtpReply MailLineTooLong = new(550, "5.6.0", "The mail holds a line that is too long");
    public static readonly SmtpReply UnknownRecipient = new(550, "5.1.1", "Nobody has this address here");
    public static readonly SmtpReply NotOurs = new(550, "5.7.1", "No mail is taken for this domain");
    public static readonly SmtpReply OverQuota = new(552, "5.2.2", "The mailbox is full");

    /// <summary>Lines that stand before the last one, in replies of several.</summary>
    public IReadOnlyList<string> EarlierLines { get; init; } = [];

    /// <summary>Whether the connection is closed behind it (RFC 5321, 4.2.3).</summary>
    public bool Closes => Code is 221 or 421;

    /// <summary>Whether the command was done, or goes on.</summary>
    public bool IsPositive => Code < 400;

    /// <summary>The line that ends the reply, without CRLF.</summary>
    public string Line => Status.Length == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Code} {Text}")
        : string.Create(CultureInfo.InvariantCulture, $"{Code} {Status} {Text}");

    public override string ToString() => Line;
}

using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Imap;

/// <summary>What the fetching of mail says to the log. Never subjects, addresses or secrets.</summary>
internal static partial class ImapLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Account {Account}: fetched {Mails} mails, {Octets} octets")]
    public static partial void Fetched(ILogger log, string account, long mails, long octets);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: {Fault}")]
    public static partial void Refused(ILogger log, string account, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: {Fault} Trying again in {Seconds} s")]
    public static partial void Broken(ILogger log, string account, string fault, int seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Account {Account}: the mail could not be stored. Trying again in {Seconds} s")]
    public static partial void NotStored(ILogger log, Exception cause, string account, int seconds);
}

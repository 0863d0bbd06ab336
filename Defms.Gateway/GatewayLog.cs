using Microsoft.Extensions.Logging;

namespace Defms.Gateway;

/// <summary>What the program says to the log beside its engines. Without addresses, subjects or secrets.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "mail is taken for {Accounts} addresses of {Domains} domains")]
    public static partial void Serving(this ILogger log, int accounts, int domains);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping; sessions under way are finished")]
    public static partial void Stopping(this ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "the accounts cannot be read; this is logged once until they can")]
    public static partial void AccountsUnread(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "what is done with could not be forgotten; it is tried again in an hour")]
    public static partial void NotForgotten(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: a mail of {Size} octets is too large and stays where it is")]
    public static partial void LeftBehind(this ILogger log, string account, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: the server numbers a folder anew, so all of it is fetched again")]
    public static partial void FetchedAnew(this ILogger log, string account);
}

using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Smtp;

/// <summary>Every line that the SMTP server logs: without addresses, subjects, bodies or passwords.</summary>
internal static partial class SmtpLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "took a mail of {Bytes} bytes for {Recipients} recipients")]
    public static partial void Took(this ILogger log, int bytes, int recipients);

    [LoggerMessage(Level = LogLevel.Information, Message = "refused a mail: {Reply}")]
    public static partial void RefusedMail(this ILogger log, SmtpReply reply);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Verb}: {Reply}")]
    public static partial void Refused(this ILogger log, string verb, SmtpReply reply);

    [LoggerMessage(Level = LogLevel.Error, Message = "the desk failed; the sender was told to come again")]
    public static partial void DeskFailed(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "passwords could not be checked; the client was told to come again")]
    public static partial void CredentialsFailed(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a connection broke: {Reason}")]
    public static partial void Broke(this ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a session failed")]
    public static partial void SessionFailed(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a connection was turned away: too many are open")]
    public static partial void TurnedAway(this ILogger log);
}

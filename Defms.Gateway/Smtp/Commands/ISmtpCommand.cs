namespace Defms.Gateway.Smtp.Commands;

/// <summary>One verb of SMTP. Stateless: everything that lasts is the session's.</summary>
internal interface ISmtpCommand
{
    /// <summary>In capitals.</summary>
    string Verb { get; }

    /// <param name="arguments">What follows the verb, without spaces around it and without control characters.</param>
    /// <returns>The reply; null when all was said, or nobody is there to hear it.</returns>
    ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments);
}

using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Smtp.Wire;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Smtp;

/// <summary>What all sessions of a server share.</summary>
/// <param name="Passwords">Null where nobody can authenticate.</param>
/// <param name="Tls">Null where nothing is encrypted; submission is closed then.</param>
/// <param name="Budget">Of all mails being received.</param>
/// <param name="Aborted">Cancelled when the server ends without waiting any longer.</param>
internal sealed record SmtpParts(
    SmtpOptions Options,
    IMailDesk Desk,
    Passwords? Passwords,
    AuthGuard Guard,
    ITlsUpgrade? Tls,
    OctetBudget Budget,
    TimeProvider Time,
    ILogger Log,
    CancellationToken Aborted)
{
    public SmtpLimits Limits => Options.Limits;
}

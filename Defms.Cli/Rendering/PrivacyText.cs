using Defms.Core.Mailboxes;

namespace Defms.Cli.Rendering;

/// <summary>Who besides the parties could read a mail on its way.</summary>
internal static class PrivacyText
{
    public const string Sealed = "sealed";

    /// <summary>One of: <c>sealed</c>, <c>also left by SMTP to …</c>, <c>left by SMTP to …</c>, <c>came by SMTP</c>, <c>left by SMTP</c>, <c>imported</c>.</summary>
    public static string Of(ShownMessage message)
    {
        string to = string.Join(", ", message.LeftBySmtp.Distinct());
        if (to.Length > 0)
            return message.IsFiled ? $"left by SMTP to {to}" : $"also left by SMTP to {to}";
        return message switch
        {
            { IsFiled: false } => Sealed,
            { Origin.IsSent: true } => "left by SMTP",
            { Origin: not null } => "came by SMTP",
            _ => "imported",
        };
    }
}

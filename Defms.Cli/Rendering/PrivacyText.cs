using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Cli.Rendering;

/// <summary>Who besides the parties could read a mail on its way.</summary>
internal static class PrivacyText
{
    public const string Sealed = "sealed";

    /// <summary>More addresses than this only hide the first.</summary>
    private const int MostNamed = 10;

    /// <summary>
    /// One of: <c>sealed</c>, <c>also left by SMTP to …</c>, <c>may have left by SMTP to …</c>, <c>left by SMTP to …</c>, <c>came by SMTP</c>,
    /// <c>left by SMTP</c>, <c>imported</c>.
    /// </summary>
    /// <param name="parties">Everyone who can read the conversation.</param>
    public static string Of(ShownMessage message, IReadOnlyList<Card> parties)
    {
        string to = string.Join(", ", message.LeftBySmtp.Distinct());
        if (to.Length > 0)
            return message.IsFiled ? $"left by SMTP to {to}" : $"also left by SMTP to {to}";
        return message switch
        {
            { IsFiled: false } => OfNative(message, parties),
            { Origin.IsSent: true } => "left by SMTP",
            { Origin: not null } => "came by SMTP",
            _ => "imported",
        };
    }

    /// <summary>Where somebody else's mail names people who have no part in what is sealed, only he knows how it went to them.</summary>
    private static string OfNative(ShownMessage message, IReadOnlyList<Card> parties)
    {
        if (message.Row.Flags.HasFlag(MessageFlags.Own))
            return Sealed;
        List<MailAddress> others = [.. message.Mail.To.Concat(message.Mail.Cc).Select(name => name.Address)
            .Where(address => address.IsValid && !parties.Any(party => party.Names(address))).Distinct().Take(MostNamed)];
        return others.Count == 0 ? Sealed : $"may have left by SMTP to {string.Join(", ", others)}";
    }
}

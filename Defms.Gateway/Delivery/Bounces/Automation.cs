using Defms.Core.Mime;

namespace Defms.Gateway.Delivery.Bounces;

/// <summary>What shows that a program wrote or spread a mail. Who answers one by a program, or bounces it, builds a loop.</summary>
[Flags]
internal enum AutomationSigns
{
    None = 0,

    /// <summary>MAIL FROM:&lt;&gt; (RFC 5321, 4.5.5).</summary>
    NullSender = 1,

    /// <summary>multipart/report of any kind (RFC 6522), such as bounces and read receipts, or a delivery status.</summary>
    Report = 2,

    /// <summary>Auto-Submitted other than "no" (RFC 3834, 5), or what programs wrote before it was agreed.</summary>
    AutoSubmitted = 4,

    /// <summary>Precedence: bulk, junk, list or auto_reply; X-Auto-Response-Suppress of Exchange.</summary>
    Bulk = 8,

    /// <summary>List-Id or another field of RFC 2369.</summary>
    List = 16,

    /// <summary>Written by a mail server under one of the names that those use.</summary>
    Daemon = 32,
}

/// <summary>Finds the signs of programs in a mail.</summary>
internal static class Automation
{
    private static readonly string[] ListFields = ["List-Id", "List-Unsubscribe", "List-Post", "List-Help", "List-Subscribe", "List-Owner", "List-Archive"];

    private static readonly string[] Precedences = ["bulk", "junk", "list", "auto_reply", "auto-reply"];

    private static readonly string[] Daemons = ["mailer-daemon", "mail-daemon", "postmaster"];

    /// <param name="hasNullSender">Whether the envelope's sender is empty; false where the envelope is not known.</param>
    public static AutomationSigns Of(MailMessage mail, bool hasNullSender)
    {
        AutomationSigns signs = hasNullSender || HasNullReturnPath(mail) ? AutomationSigns.NullSender : AutomationSigns.None;
        if (mail.Root.MediaType.Name == "multipart/report" || mail.Headers.Contains("X-Failed-Recipients"))
            signs |= AutomationSigns.Report;
        if (IsAutoSubmitted(mail.Headers))
            signs |= AutomationSigns.AutoSubmitted;
        if (IsBulk(mail.Headers))
            signs |= AutomationSigns.Bulk;
        if (ListFields.Any(mail.Headers.Contains))
            signs |= AutomationSigns.List;
        return mail.From.Any(IsDaemon) ? signs | AutomationSigns.Daemon : signs;
    }

    private static bool HasNullReturnPath(MailMessage mail) => mail.Headers["Return-Path"] is { } path && path.Value.Replace(" ", "", StringComparison.Ordinal) == "<>";

    private static bool IsAutoSubmitted(HeaderList headers) =>
        headers.All("Auto-Submitted").Any(field => !FirstWord(field).Equals("no", StringComparison.OrdinalIgnoreCase))
        || headers.Contains("X-Autoreply") || headers.Contains("X-Autorespond") || headers.Contains("X-Autoresponder");

    private static bool IsBulk(HeaderList headers) =>
        headers.All("Precedence").Any(field => Precedences.Contains(FirstWord(field), StringComparer.OrdinalIgnoreCase))
        || headers.All("X-Auto-Response-Suppress").Any(field => !FirstWord(field).Equals("none", StringComparison.OrdinalIgnoreCase));

    private static bool IsDaemon(NamedAddress from) => Daemons.Contains(from.Address.Local, StringComparer.OrdinalIgnoreCase);

    private static string FirstWord(HeaderField field) => field.Value.Trim().Split([' ', ';', ',', '('], 2)[0];
}

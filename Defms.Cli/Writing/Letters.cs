using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Cli.Writing;

/// <summary>Makes letters of drafts.</summary>
internal static class Letters
{
    /// <exception cref="MailDraftException">A field holds what mail cannot carry.</exception>
    public static Letter Compose(MailDraft draft, IEnumerable<NamedAddress> bcc, Cid? answers = null) => new()
    {
        Octets = MailComposer.Compose(draft),
        To = [.. draft.To.Select(mailbox => mailbox.Address)],
        Cc = [.. draft.Cc.Select(mailbox => mailbox.Address)],
        Bcc = [.. bcc.Select(mailbox => mailbox.Address)],
        Answers = answers,
    };

    /// <exception cref="CommandException">One of them is no address: nothing may be sent to the others alone.</exception>
    public static List<MailAddress> Recipients(string field, IEnumerable<NamedAddress> mailboxes)
    {
        var recipients = new List<MailAddress>();
        foreach (NamedAddress mailbox in mailboxes)
        {
            if (!mailbox.Address.IsValid)
                throw new CommandException($"{field}: '{mailbox}' is no mail address. Nothing was sent.", ExitCode.Usage);
            recipients.Add(mailbox.Address);
        }
        return recipients;
    }
}

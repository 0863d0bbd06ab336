using System.CommandLine;
using Defms.Cli.Writing;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Cli.Commands;

/// <summary><c>defms send</c>: write a mail, or take a whole one as sendmail does.</summary>
internal static class SendCommand
{
    private static readonly DraftOptions Draft = new();

    private static readonly Flag FromInput = new("-t")
    {
        Description = "Read a whole message (RFC 5322) on standard input, as sendmail -t does: its To, Cc and Bcc say whom it goes to.",
    };

    private static readonly Flag IgnoreDots = new("-i", "-oi") { Description = "As with sendmail; a line with a single dot never ends the message here." };

    private static readonly Option<string?> EnvelopeFrom = new("-f")
    {
        Description = "With -t: which of your addresses it is from, where it does not say.",
        HelpName = "ADDRESS",
    };

    public static Command Build()
    {
        var command = new CliCommand("send", "Write a mail: seal it, store it, queue it, and try to deliver it at once.")
        {
            Notes = "Exit code 4: it is stored and queued, but some delivery failed for now; 'defms sync' or the daemon tries again. "
                + "Who has no card among your contacts is reached by the gateway, in clear behind it (--sealed-only forbids it). If there is no way to one "
                + "of the recipients, nothing is sent.",
        };
        foreach (Option option in Draft.All.Concat([FromInput, IgnoreDots, EnvelopeFrom]))
            command.Options.Add(option);
        return command.In(
            CommandGroup.Write,
            "defms send --to bob@example.net --subject Lunch --body 'Friday at one?'",
            "defms send --to bob@example.net carol@example.org --attach plan.pdf",
            "defms send --to bob@example.net --subject Diary --body-file diary.txt",
            "defms send -t < message.eml").RunsAsync(RunAsync);
    }

    private static Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        bool isWhole = run.Has(FromInput);
        if (isWhole && Draft.Any(run))
            throw new CommandException("With -t the message says everything; leave --to, --subject and the like out.", ExitCode.Usage);
        Letter letter = isWhole ? Whole(run) : Compose(run);
        return Outgoing.SendAsync(run, letter with { SealedOnly = Draft.SealedOnly(run) }, cancel);
    }

    private static Letter Compose(Invocation run)
    {
        List<NamedAddress> to = Draft.To(run);
        List<NamedAddress> cc = Draft.Cc(run);
        List<NamedAddress> bcc = Draft.Bcc(run);
        if (to.Count + cc.Count + bcc.Count == 0)
            throw new CommandException("The mail has no recipient. Name one with --to.", ExitCode.Usage);
        Sender sender = Sender.Of(run);
        return Letters.Compose(new MailDraft
        {
            From = sender.Mailbox,
            To = to,
            Cc = cc,
            Subject = Draft.Subject(run) ?? "",
            Attachments = Draft.Attachments(run),
            Text = Draft.Body(run),
            Date = sender.Date,
            MessageId = sender.NewMessageId(),
        }, bcc);
    }

    /// <summary>The octets stay as they are, but for Bcc fields taken out and what RFC 5322 requires put in.</summary>
    private static Letter Whole(Invocation run)
    {
        byte[] octets = InputFile.Octets(InputFile.StandardInput);
        MailMessage mail = MailMessage.Parse(octets);
        Sender sender = Sender.Of(run);
        NamedAddress from = run.Get(EnvelopeFrom) is { } named ? sender.With(named) ?? sender.Mailbox : sender.Mailbox;
        return new Letter
        {
            To = Letters.Recipients("To", mail.To),
            Cc = Letters.Recipients("Cc", mail.Cc),
            Bcc = Letters.Recipients("Bcc", mail.Bcc),
            Octets = MessageEditing.AddMissing(MessageEditing.RemoveBcc(octets), sender.Date, from, sender.NewMessageId()),
        };
    }
}

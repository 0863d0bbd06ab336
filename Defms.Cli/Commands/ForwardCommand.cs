using System.CommandLine;
using Defms.Cli.Writing;
using Defms.Core.Mime;

namespace Defms.Cli.Commands;

/// <summary><c>defms forward</c>: pass a mail on.</summary>
internal static class ForwardCommand
{
    private static readonly Argument<string> Name = new("MESSAGE")
    {
        Description = "The message, or a thread, whose newest message is meant.",
    };

    private static readonly DraftOptions Draft = new();

    public static Command Build()
    {
        var command = new CliCommand("forward", "Pass a mail on to others, with its attachments.")
        {
            Arguments = { Name },
            Notes = "It goes out as your own mail in a thread of its own: who gets it cannot read the conversation it came from.",
        };
        foreach (Option option in Draft.All)
            command.Options.Add(option);
        return command.In(
            CommandGroup.Write,
            "defms forward k3hq7xza --to carol@example.org",
            "defms forward k3hq7xza --to carol@example.org --body 'For your files.'").RunsAsync(RunAsync);
    }

    private static Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        MailReply forward = MailReply.Forward(run.Mailbox.Mail(MessageName.Find(run, run.Get(Name))));
        Sender sender = Sender.Of(run);
        List<NamedAddress> bcc = Draft.Bcc(run);
        var draft = new MailDraft
        {
            From = sender.Mailbox,
            To = Draft.To(run),
            Cc = Draft.Cc(run),
            Subject = Draft.Subject(run) ?? forward.Subject,
            Attachments = [.. forward.Attachments, .. Draft.Attachments(run)],
            Text = Text(run, forward),
            References = forward.References,
            Date = sender.Date,
            MessageId = sender.NewMessageId(),
        };
        if (draft.To.Count + draft.Cc.Count + bcc.Count == 0)
            throw new CommandException("The mail has no recipient. Name one with --to.", ExitCode.Usage);
        return Outgoing.SendAsync(run, Letters.Compose(draft, bcc) with { SealedOnly = Draft.SealedOnly(run) }, cancel);
    }

    /// <summary>A forwarded mail needs no words of one's own, so none are asked for.</summary>
    private static string Text(Invocation run, MailReply forward)
    {
        string text = Draft.HasBody(run) ? Draft.Body(run).TrimEnd() : "";
        return text.Length > 0 ? $"{text}\n\n{forward.Text}" : forward.Text;
    }
}

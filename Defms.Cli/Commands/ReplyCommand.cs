using System.CommandLine;
using Defms.Cli.Writing;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Cli.Commands;

/// <summary><c>defms reply</c>: answer in a thread.</summary>
internal static class ReplyCommand
{
    private static readonly Argument<string> Thread = new("THREAD") { Description = "The thread, by its first letters as 'defms threads' shows them." };

    private static readonly Flag All = new("--all") { Description = "Answer everybody: To, Cc and all parties of the thread." };

    private static readonly Flag Quote = new("--quote") { Description = "Put the answered text below yours." };

    private static readonly DraftOptions Draft = new();

    public static Command Build()
    {
        var command = new CliCommand("reply", "Answer the newest mail by another in a thread.")
        {
            Arguments = { Thread },
            Options = { All, Quote },
            Notes = "Where nobody else has written yet, it goes once more to the recipients of your newest mail. When it reaches exactly the "
                + "thread's parties it joins the thread; otherwise it opens a branch, which is shown with it.",
        };
        foreach (Option option in Draft.All)
            command.Options.Add(option);
        return command.In(
            CommandGroup.Write,
            "defms reply k3hq7xza --body 'One is fine.'",
            "defms reply k3hq7xza --all --attach menu.pdf --body-file answer.txt").RunsAsync(RunAsync);
    }

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        AnswerPlan plan = new Answering(run.Store, run.Self).Plan(run.Mailbox.FindThread(run.Get(Thread)), run.Has(All));
        Sender sender = Sender.Of(run);
        List<NamedAddress> bcc = Draft.Bcc(run);
        var draft = new MailDraft
        {
            From = sender.Mailbox,
            To = [.. plan.To, .. Draft.To(run)],
            Cc = [.. plan.Cc, .. Draft.Cc(run)],
            Subject = Draft.Subject(run) ?? plan.Reply.Subject,
            Attachments = Draft.Attachments(run),
            Text = Text(run, plan.Reply),
            InReplyTo = plan.Reply.InReplyTo,
            References = plan.Reply.References,
            Date = sender.Date,
            MessageId = sender.NewMessageId(),
        };
        int code = await Outgoing.SendAsync(run, Letters.Compose(draft, bcc, plan.Thread) with { SealedOnly = Draft.SealedOnly(run) }, cancel);
        run.Mailbox.Mark(plan.Answered.ToString(), MessageFlags.Answered, MessageFlags.None);
        return code;
    }

    private static string Text(Invocation run, MailReply reply)
    {
        string text = Draft.Body(run);
        return run.Has(Quote) ? $"{text.TrimEnd()}\n\n{reply.Text}" : text;
    }
}

using System.CommandLine;
using Defms.Core.Mime;

namespace Defms.Cli.Writing;

/// <summary>The options with which mail is written; one instance a command.</summary>
internal sealed class DraftOptions
{
    private readonly Option<string[]> to = Addresses("--to", "Whom it goes to.");
    private readonly Option<string[]> cc = Addresses("--cc", "Who gets a copy, for all to see.");
    private readonly Option<string[]> bcc = Addresses("--bcc", "Who gets a copy that nobody else can learn of.");
    private readonly Option<string?> body = new("--body") { Description = "The text.", HelpName = "TEXT" };
    private readonly Option<string?> bodyFile = new("--body-file") { Description = "A file with the text; - is standard input.", HelpName = "FILE" };

    private readonly Option<string[]> attach = new("--attach")
    {
        Description = "Files to send along.",
        HelpName = "FILE…",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> subject = new("--subject") { Description = "The subject.", HelpName = "TEXT" };

    private readonly Flag sealedOnly = new("--sealed-only")
    {
        Description = "Send nothing rather than hand any of it to a gateway.",
    };

    public IEnumerable<Option> All => [to, cc, bcc, subject, body, bodyFile, attach, sealedOnly];

    /// <exception cref="CommandException">Something in it is no address.</exception>
    public List<NamedAddress> To(Invocation run) => Read(run, to);

    /// <inheritdoc cref="To"/>
    public List<NamedAddress> Cc(Invocation run) => Read(run, cc);

    /// <inheritdoc cref="To"/>
    public List<NamedAddress> Bcc(Invocation run) => Read(run, bcc);

    public string? Subject(Invocation run) => run.Get(subject);

    /// <summary>Whether nothing is to be sent rather than any of it by SMTP.</summary>
    public bool SealedOnly(Invocation run) => run.Has(sealedOnly);

    /// <summary>Whether any of these options was given that says what the mail is.</summary>
    public bool Any(Invocation run) => All.Where(option => option != sealedOnly).Any(run.Has);

    /// <summary>Whether a text was given.</summary>
    public bool HasBody(Invocation run) => run.Has(body) || run.Has(bodyFile);

    /// <exception cref="CommandException">A file cannot be read.</exception>
    public List<DraftAttachment> Attachments(Invocation run) => [.. (run.Get(attach) ?? []).Select(InputFile.Attachment)];

    /// <summary>The text: from the options, else typed on the terminal, else none.</summary>
    /// <exception cref="CommandException">Both options are given, or the file cannot be read.</exception>
    public string Body(Invocation run)
    {
        string? text = run.Get(body);
        string? file = run.Get(bodyFile);
        if (text is not null && file is not null)
            throw new CommandException("Give the text with --body or with --body-file, not both.", ExitCode.Usage);
        if (text is not null || file is not null)
            return text ?? InputFile.Text(file!);
        if (!Console.IsInputRedirected)
        {
            run.Error.Line("Write the text; Ctrl-D on a line of its own ends it, Ctrl-C drops it.");
            run.Error.Flush();
            return InputFile.Text(InputFile.StandardInput);
        }
        if (!run.Has(attach))
            run.Error.Sentence("It goes without a text: --body gives one, '--body-file -' takes it from standard input.");
        return "";
    }

    /// <summary>What names nobody is wrong; what has an address must have a good one.</summary>
    public static List<NamedAddress> Parse(string field, IEnumerable<string> texts)
    {
        var found = new List<NamedAddress>();
        foreach (string text in texts)
        {
            IReadOnlyList<NamedAddress> mailboxes = AddressList.Parse(text).Mailboxes;
            NamedAddress? bad = mailboxes.FirstOrDefault(mailbox => !mailbox.Address.IsValid);
            if (bad is not null || mailboxes.Count == 0)
                throw new CommandException($"{field}: '{(mailboxes.Count == 0 ? text : bad!.ToString())}' is no mail address.", ExitCode.Usage);
            found.AddRange(mailboxes);
        }
        return found;
    }

    private static List<NamedAddress> Read(Invocation run, Option<string[]> option) => Parse(option.Name, run.Get(option) ?? []);

    private static Option<string[]> Addresses(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS…",
        AllowMultipleArgumentsPerToken = true,
    };
}

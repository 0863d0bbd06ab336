using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Mime;

namespace Defms.Cli.Commands;

/// <summary><c>defms attachment</c>: take a file out of a message.</summary>
internal static class AttachmentCommand
{
    private const string StandardOutput = "-";

    private static readonly Argument<string> Name = new("MESSAGE") { Description = "The message, or a thread, whose newest message is meant." };

    private static readonly Argument<string> Index = new("N") { Description = "Which one, as 'defms show' numbers them: from 1." };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Where to: a file, a folder, or - for standard output (default: its own name, in this folder).",
        HelpName = "FILE",
    };

    private static readonly Flag Force = new("--force") { Description = "Write over a file that is there." };

    public static Command Build() => new CliCommand("attachment", "Save an attachment of a message.")
    {
        Arguments = { Name, Index },
        Options = { Out, Force },
    }
    .In(CommandGroup.Read, "defms attachment k3hq7xza 1", "defms attachment k3hq7xza 2 --out - | less")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        Cid message = MessageName.Find(run, run.Get(Name));
        await Fetching.CompleteAsync(run, message, cancel);
        MailMessage mail = run.Mailbox.Mail(message);
        if (!int.TryParse(run.Get(Index), out int index))
            throw new CommandException($"N is the number of an attachment, from 1 on, not '{run.Get(Index)}'.", ExitCode.Usage);
        if (index < 1 || index > mail.Attachments.Count)
            throw new CommandException($"The message has {Names.Count(mail.Attachments.Count, "attachment")}; there is no number {index}.", ExitCode.NotFound);
        MimePart part = mail.Attachments[index - 1];
        byte[] octets = part.Decode();
        if (run.Get(Out) == StandardOutput)
            run.Out.Octets(octets);
        else
            Save(run, part, index, octets);
        return ExitCode.Done;
    }

    private static void Save(Invocation run, MimePart part, int index, byte[] octets)
    {
        string name = AttachmentName.Of(part, index);
        string path = run.Get(Out) switch { null => name, var folder when Directory.Exists(folder) => Path.Combine(folder, name), var file => file };
        OutputFile.Write(path, octets, run.Has(Force));
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", Path.GetFullPath(path));
                json.WriteString("type", part.MediaType.Name);
                json.WriteNumber("size", octets.Length);
                json.WriteEndObject();
            });
            return;
        }
        run.Error.Line($"Wrote {path} ({Names.Size(octets.Length)}).");
    }
}

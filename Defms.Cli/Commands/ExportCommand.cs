using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms export</c>: take mail out, byte for byte.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string?> Name = new("THREAD") { Description = "A thread; its whole conversation is exported.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Flag All = new("--all") { Description = "Everything, what you deleted included." };

    private static readonly Option<string> Format = new("--format")
    {
        Description = "mbox, maildir, eml (a folder of message files), car (whole sealed threads) or json (a line a message).",
        HelpName = "FORMAT",
        Required = true,
    };

    private static readonly Option<string> Out = new("--out") { Description = "The file or folder to write.", HelpName = "PATH", Required = true };

    private static readonly Flag Force = new("--force") { Description = "Write over a file that is there." };

    public static Command Build() => new CliCommand("export", "Take mail out in the forms that other programs read.")
    {
        Arguments = { Name },
        Options = { All, Format, Out, Force },
        Notes = "Exit code 1: some messages are not whole here and were left out.",
    }
    .In(CommandGroup.Keep, "defms export --all --format maildir --out ~/Mail", "defms export k3hq7xza --format mbox --out talk.mbox")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        string? name = run.Get(Name);
        if (name is null != run.Has(All))
            throw new CommandException("Name a thread, or say --all.", ExitCode.Usage);
        string format = run.Get(Format)!, path = run.Get(Out)!;
        bool isFolder = format is "maildir" or "eml" || (format == "car" && name is null);
        if (!isFolder && Path.Exists(path) && !run.Has(Force))
            throw new CommandException($"{path} is there already and was left as it is. Write elsewhere with --out, or over it with --force.");
        var export = new MailFilesExport(run.Store);
        IReadOnlyList<long> conversations = name is null ? export.AllConversations() : [ConversationOf(run, name)];
        return format == "car" ? await WriteCarsAsync(run, conversations, path, isFolder, cancel) : WriteMails(run, export, conversations, format, path, cancel);
    }

    private static int WriteMails(
        Invocation run, MailFilesExport export, IReadOnlyList<long> conversations, string format, string path, CancellationToken cancel)
    {
        using IMailOutput output = format switch
        {
            "mbox" => MailFilesOutput.Mbox(path),
            "maildir" => MailFilesOutput.Folder(path),
            "eml" => MailFilesOutput.Messages(path),
            "json" => MailFilesOutput.Json(path),
            _ => throw new CommandException($"'{format}' is no format; there are mbox, maildir, eml, car and json.", ExitCode.Usage),
        };
        var progress = new ProgressLine(run.Error);
        ExportResult result = export.Run(conversations, output.Write, progress.Show, cancel);
        output.Commit();
        progress.Clear();
        foreach (Cid message in result.NotWhole)
            run.Error.Sentence($"Message {Names.Short(message)} is not here whole and was left out. 'defms sync' fetches what is missing.");
        Tell(run, path, result.Mails, result.NotWhole.Count);
        return result.NotWhole.Count > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task<int> WriteCarsAsync(Invocation run, IReadOnlyList<long> conversations, string path, bool isFolder, CancellationToken cancel)
    {
        List<Cid> threads = run.Store.Read(tables => conversations.SelectMany(tables.Threads.InConversation).Select(row => row.Thread).ToList());
        var writer = new MailFilesCarWriter(run.Store, run.Identity, run.Time, run.Random);
        if (isFolder)
            Directory.CreateDirectory(path);
        long messages = 0;
        int number = 0;
        foreach (Cid[] part in threads.Chunk(MailFilesCarWriter.MaxThreads))
        {
            string file = isFolder ? Path.Combine(path, $"threads-{++number:0000}.car") : path;
            messages += await writer.WriteAsync(file, part, cancel);
        }
        Tell(run, path, messages, notWhole: 0);
        return ExitCode.Done;
    }

    private static long ConversationOf(Invocation run, string name) => run.Store.Read(tables => tables.Threads.Find(Naming.Thread(tables, name))!.Conversation);

    private static void Tell(Invocation run, string path, long messages, int notWhole)
    {
        if (!run.IsJson)
        {
            run.Out.Line($"{Names.Count(messages, "message")} written to {path}.");
            return;
        }
        run.Out.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("out", Path.GetFullPath(path));
            json.WriteNumber("messages", messages);
            json.WriteNumber("left", notWhole);
            json.WriteEndObject();
        });
    }
}

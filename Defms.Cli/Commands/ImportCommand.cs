using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms import</c>: bring mail of other programs.</summary>
internal static class ImportCommand
{
    /// <summary>More unreadable mails are counted and not told one by one on a terminal.</summary>
    private const int MostTold = 20;

    private static readonly Argument<string[]> Paths = new("PATH")
    {
        Description = "mbox files, Maildirs, message files (.eml), CARs that Defms exported, folders with any of these; - is an mbox on standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Mbox = new("--mbox")
    {
        Description = "How mbox files protect lines that begin with 'From ': rd, o, cl or cl2 (default: rd, or by the Content-Length where it fits).",
        HelpName = "VARIANT",
    };

    public static Command Build() => new CliCommand("import", "Bring mail of other programs, byte for byte, with its flags.")
    {
        Arguments = { Paths },
        Options = { Mbox },
        Notes = "What is there already is not added again, so an import that was cut short is simply started again. Exit code 1: something could not be read.",
    }
    .In(CommandGroup.Keep, "defms import ~/Maildir", "defms import old.mbox letters/", "defms import - < archive.mbox")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        MboxVariant variant = Variant(run.Get(Mbox));
        List<MailFile> files = FindAll(run.Get(Paths));
        long total = files.Exists(file => file.Path == MailFiles.StandardInput) ? 0 : files.Sum(file => file.Length);
        var progress = new ImportProgress(run.Error, run.Time, total);
        using var filing = new Filing(run.Identity);
        FilingResult result = new FilingRun(run.Store, filing).File(ReadAll(files, variant), progress.Show, cancel);
        foreach (MailFile car in files.Where(file => file.Kind == MailFileKind.Car))
            result = Sum(result, await new MailFilesCarReader(run.Store, run.Identity).ReadAsync(car.Path, cancel));
        progress.Clear();
        if (run.IsJson)
            run.Out.Json(json => Write(json, result));
        else
            Show(run, result, progress.Elapsed);
        QuotaWarning.Say(run);
        return result.Unreadable > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static MboxVariant Variant(string? name) => name switch
    {
        null => MboxVariant.Detect,
        "rd" => MboxVariant.Rd,
        "o" => MboxVariant.O,
        "cl" => MboxVariant.Cl,
        "cl2" => MboxVariant.Cl2,
        _ => throw new CommandException($"'{name}' is no variant of mbox; there are rd, o, cl and cl2.", ExitCode.Usage),
    };

    private static List<MailFile> FindAll(IEnumerable<string> paths)
    {
        List<MailFile> files = [];
        foreach (string path in paths)
        {
            if (path != MailFiles.StandardInput && !Path.Exists(path))
                throw new CommandException($"There is nothing at {path}. Nothing was imported.", ExitCode.NotFound);
            files.AddRange(path == MailFiles.StandardInput ? [new MailFile(path, MailFileKind.Mbox, 0)] : MailFiles.Find(path));
        }
        return files;
    }

    private static IEnumerable<CollectedMail> ReadAll(IEnumerable<MailFile> files, MboxVariant variant)
    {
        long before = 0;
        foreach (MailFile file in files.Where(file => file.Kind != MailFileKind.Car))
        {
            IEnumerable<CollectedMail> mails = file.Path == MailFiles.StandardInput
                ? MailFiles.ReadMbox(Console.OpenStandardInput(), "standard input", variant)
                : MailFiles.Read(file, variant, before);
            foreach (CollectedMail mail in mails)
                yield return mail;
            before += file.Length;
        }
    }

    private static FilingResult Sum(FilingResult one, FilingResult other) => new(
        one.Imported + other.Imported, one.AlreadyHere + other.AlreadyHere, one.Unreadable + other.Unreadable, [.. one.Faults, .. other.Faults]);

    private static void Show(Invocation run, FilingResult result, TimeSpan elapsed)
    {
        foreach (UnreadableMail fault in result.Faults.Take(run.Error.IsTerminal ? MostTold : int.MaxValue))
            run.Error.Sentence($"{run.Error.Yellow("!")} {VisibleText.Line(fault.Place)}: {VisibleText.Line(fault.Reason)}", 2);
        long all = result.Imported + result.AlreadyHere;
        run.Out.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Imported:N0} imported, {result.AlreadyHere:N0} already there, {result.Unreadable:N0} unreadable, in {elapsed.TotalSeconds:0.0} s ({ImportProgress.Rate(all, elapsed):N0}/s)."));
    }

    private static void Write(Utf8JsonWriter json, FilingResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("imported", result.Imported);
        json.WriteNumber("already", result.AlreadyHere);
        json.WriteNumber("unreadable", result.Unreadable);
        json.WriteStartArray("faults");
        foreach (UnreadableMail fault in result.Faults)
        {
            json.WriteStartObject();
            json.WriteString("place", fault.Place);
            json.WriteString("reason", fault.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

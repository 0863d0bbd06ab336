using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;
using Defms.Core.Replication.Hosting;
using Defms.Core.Storage;
using Defms.Core.Storage.Salvage;

namespace Defms.Cli.Commands;

/// <summary><c>defms verify</c>: check everything that is stored.</summary>
internal static class VerifyCommand
{
    private static readonly Flag Repair = new("--repair")
    {
        Description = "Make roots and index anew from the blocks, let go of damaged blocks, so that 'defms sync' fetches them again, and write a damaged file anew.",
    };

    public static Command Build() => new CliCommand("verify", "Check every block, signature and index entry in your store, and its file.")
    {
        Options = { Repair },
        Notes = "Exit code 1 if something is wrong and was not mended.",
    }
    .In(CommandGroup.Keep, "defms verify", "defms verify --repair")
    .RunsAsync((run, cancel) => Task.FromResult(Run(run, cancel)));

    private static int Run(Invocation run, CancellationToken cancel)
    {
        bool repair = run.Has(Repair);
        List<(string Fault, bool IsMended)> file = Home.Exists(run.HomePath) ? LookAtFile(run, repair) : [];
        VerificationReport report = Verify(run, repair, isFileDamaged: file.Exists(each => !each.IsMended), cancel);
        report = report with { Faults = [.. file.Select(each => each.Fault), .. report.Faults], Repaired = file.Count(each => each.IsMended) + report.Repaired };
        if (run.IsJson)
            run.Out.Json(json => Write(json, report));
        else
            Show(run, report);
        return report.IsSound ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>The file comes first: where it is damaged, nothing in it may be there to read.</summary>
    private static List<(string Fault, bool IsMended)> LookAtFile(Invocation run, bool repair)
    {
        IReadOnlyList<string> damage = StoreSalvage.Check(run.HomePath);
        if (damage.Count == 0 || !repair)
            return [.. damage.Select(line => ($"The store's file is damaged: {line}", false))];
        SalvageReport salvage = StoreSalvage.Run(run.HomePath, run.Random);
        return
        [
            ($"The store's file was damaged: {damage[0]}. What can be read of it was written anew; the old one is kept as {salvage.Kept}.", true),
            .. salvage.Lost.Select(lost => lost.IsDerived
                ? ($"Rows of the table {lost.Table} could not be read. They are made anew from the mail.", true)
                : ($"Rows of the table {lost.Table} could not be read. 'defms sync --full' brings what your other machines have of them.", false)),
        ];
    }

    private static VerificationReport Verify(Invocation run, bool repair, bool isFileDamaged, CancellationToken cancel)
    {
        var progress = new ProgressLine(run.Error);
        try
        {
            VerificationReport own = new Verification(run.Store, run.Home.Owner).Run(repair, progress.Show, cancel);
            (int held, IReadOnlyList<string> faults) = new HeldVerification(run.Store).Run(repair, done => progress.Show(own.Blocks + done, own.Blocks + done), cancel);
            return own with { Blocks = own.Blocks + held, Faults = [.. own.Faults, .. faults], Repaired = own.Repaired + (repair ? faults.Count : 0) };
        }
        catch (StoreException) when (isFileDamaged && !repair)
        {
            // What is wrong with the file was said; what is in it cannot be.
            return new VerificationReport(0, 0, 0, [], 0);
        }
        finally
        {
            progress.Clear();
        }
    }

    private static void Show(Invocation run, VerificationReport report)
    {
        Screen screen = run.Out;
        foreach (string fault in report.Faults)
            screen.Sentence($"{screen.Red("✗")} {VisibleText.Line(fault)}", 2);
        string seen = $"{Names.Count(report.Blocks, "block")}, {Names.Count(report.Threads, "thread")}, {Names.Count(report.Messages, "message")}";
        string outcome = report.Faults.Count == 0 ? screen.Green("all sound")
            : report.IsSound ? screen.Yellow($"{Names.Count(report.Faults.Count, "fault")}, all mended")
            : screen.Red($"{Names.Count(report.Faults.Count, "fault")}, {report.Repaired} mended");
        screen.Line($"{seen}: {outcome}.");
        if (!report.IsSound && !run.Has(Repair))
            run.Error.Sentence("'defms verify --repair' mends what can be mended. Stop defms-daemon first where the file is damaged.");
    }

    private static void Write(Utf8JsonWriter json, VerificationReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("blocks", report.Blocks);
        json.WriteNumber("threads", report.Threads);
        json.WriteNumber("messages", report.Messages);
        json.WriteStrings("faults", report.Faults);
        json.WriteNumber("repaired", report.Repaired);
        json.WriteEndObject();
    }
}

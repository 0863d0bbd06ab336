using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands;

/// <summary><c>defms verify</c>: check everything that is stored.</summary>
internal static class VerifyCommand
{
    private static readonly Flag Repair = new("--repair")
    {
        Description = "Make roots and index anew from the blocks, and let go of damaged blocks, so that 'defms sync' fetches them again.",
    };

    public static Command Build() => new CliCommand("verify", "Check every block, signature and index entry in your store.")
    {
        Options = { Repair },
        Notes = "Exit code 1 if something is wrong and was not mended.",
    }
    .In(CommandGroup.Keep, "defms verify", "defms verify --repair")
    .RunsAsync((run, cancel) => Task.FromResult(Run(run, cancel)));

    private static int Run(Invocation run, CancellationToken cancel)
    {
        var progress = new ProgressLine(run.Error);
        VerificationReport report = new Verification(run.Store, run.Self).Run(run.Has(Repair), progress.Show, cancel);
        progress.Clear();
        if (run.IsJson)
            run.Out.Json(json => Write(json, report));
        else
            Show(run, report);
        return report.IsSound ? ExitCode.Done : ExitCode.Failed;
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
            run.Error.Sentence("'defms verify --repair' mends what can be mended.");
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

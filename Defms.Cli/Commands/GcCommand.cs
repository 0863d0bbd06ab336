using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms gc</c>: let go of blocks that no thread needs.</summary>
internal static class GcCommand
{
    public static Command Build() => new CliCommand("gc", "Give back the room of blocks that no thread of yours reaches.")
        .In(CommandGroup.Keep, "defms gc")
        .RunsAsync((run, cancel) => Task.FromResult(Run(run, cancel)));

    private static int Run(Invocation run, CancellationToken cancel)
    {
        var progress = new ProgressLine(run.Error);
        CollectionReport report = new Collector(run.Home.Store).Run(progress.Show, cancel);
        progress.Clear();
        if (!run.IsJson)
        {
            run.Out.Line($"{Names.Count(report.Removed, "block")} removed ({Names.Size(report.Bytes)}), {report.Kept} kept.");
            return ExitCode.Done;
        }
        run.Out.Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("kept", report.Kept);
            json.WriteNumber("removed", report.Removed);
            json.WriteNumber("bytes", report.Bytes);
            json.WriteEndObject();
        });
        return ExitCode.Done;
    }
}

using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms gc</c>: let go of blocks that no thread needs.</summary>
internal static class GcCommand
{
    public static Command Build() => new CliCommand("gc", "Give back the room of blocks that no thread of yours reaches.")
        .In(CommandGroup.Keep, "defms gc")
        .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        var progress = new ProgressLine(run.Error);
        CollectionReport report = new Collector(run.Home.Store).Run(progress.Show, cancel);
        progress.Clear();
        if (run.Home.Store.FindNode() is { } node)
        {
            // First give up the pins of what is gone, then let the node drop what nothing pins.
            await new NodeMove(run.Home.Store).RunAsync(_ => { }, cancel);
            await node.CollectAsync(cancel);
        }
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

using System.CommandLine;
using Defms.Core.Network;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

internal static class HostListCommand
{
    private static readonly Flag Offline = new("--offline") { Description = "Say what is known without asking the hosts." };

    public static Command Build() => new CliCommand("list", "List your hosts, with what they hold for you and when they last answered.")
    {
        Options = { Offline },
        Notes = "Asks each host. Exit code 4: some host did not answer.",
    }
    .In(CommandGroup.Keep, "defms host list", "defms host list --offline --json")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        IReadOnlyList<HostRow> rows = run.Store.Read(tables => tables.Hosts.List());
        if (!run.Has(Offline) && rows.Count > 0)
            rows = await AskAsync(run, rows, cancel);
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartArray();
                rows.ToList().ForEach(row => HostRendering.Write(json, row));
                json.WriteEndArray();
            });
        }
        else if (rows.Count == 0)
            run.Error.Line("No host holds your mail: 'defms host add URL --token TOKEN' lets one.");
        else
            rows.ToList().ForEach(row => HostRendering.Show(run, row));
        return rows.Any(row => row.Error is not null) ? ExitCode.Undelivered : ExitCode.Done;
    }

    private static async Task<IReadOnlyList<HostRow>> AskAsync(Invocation run, IReadOnlyList<HostRow> rows, CancellationToken cancel)
    {
        var book = new HostBook(run.Store, run.Identity, run.Time);
        using var door = new HttpPeer(run.Identity, run.Time, run.Random);
        return await Task.WhenAll(rows.Select(row => book.RefreshAsync(door, row, cancel)));
    }
}

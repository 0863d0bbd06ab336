using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

internal static class HostRemoveCommand
{
    private static readonly Argument<string> Who = new("HOST") { Description = "The host's URL, name, identity, or the last letters of the identity." };

    private static readonly Flag Now = new("--now") { Description = "Do not fetch first what it still holds; that is lost there." };

    public static Command Build() => new CliCommand("remove", "Fetch what a host still holds, take it off your card, and end the agreement.")
    {
        Arguments = { Who },
        Options = { Now },
        Notes = "Senders who know your old card are refused there from now on; their mail waits with them until they learn the new one.",
    }
    .In(CommandGroup.Keep, "defms host remove https://host.example.org")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        HostRow row = Find(run.Store.Read(tables => tables.Hosts.List()), run.Get(Who));
        Identity identity = run.Identity;
        if (!run.Has(Now))
            await FetchAsync(run, row, cancel);
        using var door = new HttpPeer(identity, run.Time, run.Random);
        string? failure = await new HostBook(run.Store, identity, run.Time).RemoveAsync(door, row, cancel);
        if (run.IsJson)
            run.Out.Json(json => HostRendering.Write(json, row with { Error = failure }));
        run.Error.Sentence(failure is null
            ? $"{VisibleText.Line(row.Name)} holds nothing of yours any more, and is off your card."
            : $"{VisibleText.Line(row.Name)} is off your card, but could not be told: {VisibleText.Line(failure)}");
        return failure is null ? ExitCode.Done : ExitCode.Undelivered;
    }

    private static async Task FetchAsync(Invocation run, HostRow row, CancellationToken cancel)
    {
        Exchange exchange = await run.Delivering.SyncAsync(new SyncOptions { Peer = row.Url }, cancel);
        if (run.Store.Read(tables => tables.Hosts.Find(row.Identity))?.Error is { } error)
            throw new CommandException($"What {row.Name} still holds cannot be fetched: {error} Nothing was changed. With --now it is removed all the same.");
        if (exchange.Received > 0)
            run.Error.Line($"{Names.Count(exchange.Received, "message")} fetched.");
    }

    private static HostRow Find(IReadOnlyList<HostRow> rows, string text)
    {
        List<HostRow> found = [.. rows.Where(row => IsMeant(row, text))];
        return found switch
        {
            [HostRow one] => one,
            [] => throw new CommandException($"No host of yours is called '{text}'. 'defms host list' shows all.", ExitCode.NotFound),
            _ => throw new CommandException($"'{text}' may mean {string.Join(" or ", found.Select(row => row.Identity))}. Name one by its identity.", ExitCode.Usage),
        };
    }

    private static bool IsMeant(HostRow row, string text) =>
        row.Url.AbsoluteUri.TrimEnd('/') == text.TrimEnd('/')
        || row.Name.Equals(text, StringComparison.OrdinalIgnoreCase)
        || (text.Length >= 6 && row.Identity.ToString().EndsWith(text, StringComparison.Ordinal));
}

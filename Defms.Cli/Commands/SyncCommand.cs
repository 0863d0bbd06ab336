using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Cli.Writing;

namespace Defms.Cli.Commands;

/// <summary><c>defms sync</c>: deliver what waits, fetch what is new.</summary>
internal static class SyncCommand
{
    /// <summary>How long between two rounds of --watch. Own hosts answer at once when something comes; this is for all others.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private static readonly Option<bool> Watch = new("--watch") { Description = "Go on until Ctrl-C, a line (with --json: a document) a round that did something." };

    private static readonly Option<string?> Peer = new("--peer") { Description = "Only with the machine at this endpoint.", HelpName = "URL" };

    private static readonly Option<bool> Full = new("--full") { Description = "Ask contacts too, and compare all threads, not only what is new." };

    public static Command Build() => new CliCommand("sync", "Deliver what waits and fetch what is new.")
    {
        Options = { Watch, Peer, Full },
        Notes = "Exit code 4: some machine was not reached; what waits for it is tried again.",
    }
    .In(CommandGroup.Write, "defms sync", "defms sync --watch", "defms sync --peer https://bob.example.net --full")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Get(Watch))
            return await WatchAsync(run, cancel);
        Exchange exchange = await run.Delivering.SyncAsync(run.Get(Peer), run.Get(Full), cancel);
        Show(run, exchange);
        return exchange.Failed.Count > 0 ? ExitCode.Undelivered : ExitCode.Done;
    }

    /// <summary>Ctrl-C is the way it ends, and no failure.</summary>
    private static async Task<int> WatchAsync(Invocation run, CancellationToken cancel)
    {
        try
        {
            using var timer = new PeriodicTimer(Pause, run.Time);
            do
            {
                Exchange exchange = await run.Delivering.SyncAsync(run.Get(Peer), run.Get(Full), cancel);
                if (exchange.Sent + exchange.Received + exchange.Failed.Count > 0)
                    Show(run, exchange);
                run.Out.Flush();
                run.Error.Flush();
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The person has seen enough.
        }
        return ExitCode.Done;
    }

    private static void Show(Invocation run, Exchange exchange)
    {
        if (run.IsJson)
        {
            run.Out.Json(json => Write(json, exchange), oneLine: run.Get(Watch));
            return;
        }
        string threads = exchange.Threads > 0 ? $" in {Names.Count(exchange.Threads, "thread")}" : "";
        run.Out.Line($"{exchange.Sent} sent, {exchange.Received} received{threads}.");
        Outgoing.TellFailures(run, exchange);
    }

    private static void Write(Utf8JsonWriter json, Exchange exchange)
    {
        json.WriteStartObject();
        json.WriteNumber("sent", exchange.Sent);
        json.WriteNumber("received", exchange.Received);
        json.WriteNumber("threads", exchange.Threads);
        json.WriteStartArray("failed");
        foreach (FailedPeer failed in exchange.Failed)
        {
            json.WriteStartObject();
            json.WriteString("peer", failed.Peer);
            json.WriteString("reason", failed.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

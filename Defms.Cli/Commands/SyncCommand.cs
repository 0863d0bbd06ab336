using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Cli.Writing;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Cli.Commands;

/// <summary><c>defms sync</c>: deliver what waits, fetch what is new.</summary>
internal static class SyncCommand
{
    private static readonly Flag Watch = new("--watch") { Description = "Go on until Ctrl-C, a line (with --json: a document) a round that did something." };

    private static readonly Option<string?> Peer = new("--peer") { Description = "Only with the machine at this endpoint.", HelpName = "URL" };

    private static readonly Flag Full = new("--full") { Description = "Compare all threads with the others', not only what is new." };

    public static Command Build() => new CliCommand("sync", "Deliver what waits and fetch what is new.")
    {
        Options = { Watch, Peer, Full },
        Notes = "Exit code 4: some machine was not reached; what waits for it is tried again.",
    }
    .In(CommandGroup.Write, "defms sync", "defms sync --watch", "defms sync --peer https://bob.example.net --full")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Has(Watch))
            return await WatchAsync(run, cancel);
        Exchange exchange = await run.Delivering.SyncAsync(new SyncOptions { Peer = ReadPeer(run), Full = run.Has(Full) }, cancel);
        Show(run, exchange);
        QuotaWarning.Say(run);
        return exchange.Failed.Count > 0 ? ExitCode.Undelivered : ExitCode.Done;
    }

    /// <summary>Ctrl-C is the way it ends, and no failure.</summary>
    private static async Task<int> WatchAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Has(Peer) || run.Has(Full))
            throw new CommandException("--watch is for everybody and for what is new; run --peer and --full without it.", ExitCode.Usage);
        try
        {
            await run.Delivering.WatchAsync(exchange =>
            {
                Show(run, exchange);
                run.Out.Flush();
                run.Error.Flush();
            }, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The person has seen enough.
        }
        return ExitCode.Done;
    }

    private static Uri? ReadPeer(Invocation run) => run.Get(Peer) is not { } text ? null
        : Endpoint.TryParseUrl(text, out Uri url) ? url
        : throw new CommandException($"'{text}' is no endpoint: write http(s)://host[:port][/path].", ExitCode.Usage);

    private static void Show(Invocation run, Exchange exchange)
    {
        if (run.IsJson)
        {
            run.Out.Json(json => Write(json, exchange), oneLine: run.Has(Watch));
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
        foreach (SyncFailure failed in exchange.Failed)
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

using System.Text.Json;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Serving;
using Defms.Serving.Upkeep;
using Microsoft.Extensions.Logging;

namespace Defms.Daemon;

/// <summary>One run of the daemon, from the command line to the exit code: 0 done, 1 failed, 2 wrong usage, 3 no home.</summary>
internal static class Running
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int NotFound = 3;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        if (!DaemonOptions.TryParse(args, out DaemonOptions options, out string error))
        {
            await errors.WriteLineAsync($"{error} 'defms-daemon --help' lists the options.");
            return WrongUsage;
        }
        if (Told(options) is { } text)
        {
            await output.WriteLineAsync(text);
            return 0;
        }
        try
        {
            return await RunAsync(options, output, errors);
        }
        catch (Exception e) when (IsTold(e))
        {
            await errors.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    /// <summary>Whether the message is for the person; anything else is a mistake of ours and shows where it was made.</summary>
    private static bool IsTold(Exception e) =>
        e is StoreException or ServerException or IOException or NativeLibraryMissingException or UnauthorizedAccessException;

    /// <summary>What the options only ask to be told.</summary>
    private static string? Told(DaemonOptions options) =>
        options.ShowHelp ? DaemonOptions.Usage
        : options.ShowVersion ? typeof(Running).Assembly.GetName().Version!.ToString(3)
        : options.PrintConfig ? ConfigText.Of(options)
        : null;

    private static async Task<int> RunAsync(DaemonOptions options, TextWriter output, TextWriter errors)
    {
        if (!Home.Exists(options.Home))
        {
            await errors.WriteLineAsync(
                $"There is no Defms home at {options.Home}. Make one with 'defms init', or name another with --home.");
            return NotFound;
        }
        using Home home = Home.Open(options.Home);
        home.Store.UseNodes(url => new KuboNode(url));
        if (!home.TryUnlock(home.IsLocked ? Passphrase.Get(errors) : null, out Identity? identity, out string? refusal))
        {
            await errors.WriteLineAsync(refusal);
            return Failed;
        }
        using (identity)
        {
            using var stopping = new StopSignals();
            await ServeAsync(options, home.Store, identity, output, stopping.Token);
        }
        return 0;
    }

    private static async Task ServeAsync(DaemonOptions options, SqliteStore store, Identity self, TextWriter output, CancellationToken stop)
    {
        using ILoggerFactory logs = ServerLog.Create(options.IsVerbose);
        await using PeerServer server = await PeerServer.StartAsync(options.Server, store, self, TimeProvider.System, logs, stop);
        await output.WriteLineAsync(options.IsJson ? ReadyJson(server, self) : ReadyText(server));
        await output.FlushAsync(stop);
        using var peer = new HttpPeer(self, TimeProvider.System, RandomSource.System);
        var replicator = new Replicator(store, self, peer, TimeProvider.System, RandomSource.System);
        var replication = new ReplicationLoop(replicator, TimeProvider.System, logs.CreateLogger("replication"));
        var node = new NodeLoop(store, self.Did, TimeProvider.System, logs.CreateLogger("ipfs"));
        await Task.WhenAll(replication.RunAsync(stop), node.RunAsync(stop), new IdleTrim(TimeProvider.System).RunAsync(stop));
        await server.StopAsync();
    }

    private static string ReadyText(PeerServer server) => string.Join('\n', server.Addresses.Select(url => $"listening on {url}"));

    private static string ReadyJson(PeerServer server, Identity self)
    {
        IEnumerable<string> urls = server.Addresses.Select(url => $"\"{JsonEncodedText.Encode(url)}\"");
        return $$"""{"listening":[{{string.Join(',', urls)}}],"id":"{{self.Did}}"}""";
    }
}

using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Cli.Commands.Settings;

/// <summary><c>ipfs</c>: the IPFS node that keeps the blocks. Setting it moves them there, unsetting brings them back.</summary>
internal sealed record NodeSetting() : StoreSetting("ipfs", "Your own IPFS node (its RPC address), which keeps your blocks.", "none: all is kept in this store")
{
    public override string? Read(IReplicationTables tables) => tables.Settings.Get(IpfsSettings.Node);

    public override async Task<int> ChangeAsync(Invocation run, string? value, CancellationToken cancel)
    {
        var move = new NodeMove(run.Home.Store);
        if (value is null)
            move.Leave();
        else
            await EnterAsync(run, move, value, cancel);
        var progress = new ProgressLine(run.Error);
        long total = value is null ? move.Kept().Blocks : run.Store.Read(tables => tables.Threads.All().LongCount());
        NodeMoveReport report = await move.RunAsync(done => progress.Show(done, (int)Math.Max(done, total)), cancel);
        progress.Clear();
        Tell(run, move, report, value is null);
        return report.Lost == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task EnterAsync(Invocation run, NodeMove move, string text, CancellationToken cancel)
    {
        if (!Endpoint.TryParseUrl(text, out Uri url))
            throw new CommandException($"'{text}' is no address of a node's RPC: write http://host:port, as http://127.0.0.1:5001.", ExitCode.Usage);
        BlockNodeDescription node = await run.Home.Store.NodeAt(url).DescribeAsync(cancel);
        move.Enter(url, node.PeerId);
        run.Error.Sentence($"The node is {VisibleText.Line(node.Agent)}, {VisibleText.Line(node.PeerId)}.");
        foreach (string warning in node.Warnings)
            run.Error.Sentence(run.Error.Yellow(warning));
        if (node.Addresses.Count > 0 && run.Card.Profile?.Ipfs.Count is null or 0)
            run.Error.Sentence($"Nodes of your contacts may fetch from yours once its address is on your card: 'defms config ipfs-address {VisibleText.Line(node.Addresses[^1])}'.");
    }

    private static void Tell(Invocation run, NodeMove move, NodeMoveReport report, bool isReturn)
    {
        (long blocks, long bytes) = move.Kept();
        run.Error.Sentence(isReturn
            ? $"{Names.Count(report.Moved, "block")} came back{(report.Lost > 0 ? $"; {report.Lost} are not at the node any more: 'defms verify --repair', then 'defms sync'" : "")}."
            : $"{Names.Count(report.Moved, "block")} moved; the node keeps {blocks} ({Names.Size(bytes)}).");
        if (report.Waiting > 0)
            run.Error.Sentence($"Kept here until whole and delivered: {Names.Count(report.Waiting, "thread")}. Your daemon moves them then.");
    }
}

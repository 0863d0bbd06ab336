using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Cli.Commands.Blocks;

/// <summary><c>defms block ls</c>: a line a block.</summary>
internal static class BlockListCommand
{
    /// <summary>Blocks read in one look at the store, each up to a megabyte.</summary>
    private const int Batch = 64;

    private static readonly Argument<string?> Name = new("THREAD") { Description = "A thread; else every block that is here.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Build() => new CliCommand("ls", "List the blocks of a thread, or all.")
    {
        Arguments = { Name },
        Notes = "Of a thread: its genesis, the nodes of its root, its messages, and the chunks of their bodies that are here.",
    }
    .In(CommandGroup.Keep, "defms block ls", "defms block ls k3hq7xza --json")
    .RunsAsync((run, cancel) => Task.FromResult(Run(run, cancel)));

    private static int Run(Invocation run, CancellationToken cancel)
    {
        IReadOnlyList<Cid> names = run.Store.Read(tables => run.Get(Name) is { } name ? OfThread(tables, Naming.Thread(tables, name)) : [.. tables.Blocks.List()]);
        foreach (Cid[] batch in names.Chunk(Batch))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (Block block in run.Store.Read(tables => batch.Select(tables.Blocks.Find).OfType<Block>().ToList()))
                Show(run, block);
        }
        return ExitCode.Done;
    }

    /// <summary>In the order in which they are reached from the root; what is not here is left out.</summary>
    private static IReadOnlyList<Cid> OfThread(IMailTables tables, Cid thread)
    {
        ThreadRow row = tables.Threads.Find(thread)!;
        RootContents? contents = ThreadRoot.Read(row.Root, tables.Blocks);
        var names = new List<Cid> { thread };
        names.AddRange(contents?.Nodes.Select(node => node.Cid) ?? []);
        foreach (Cid message in contents?.Messages ?? tables.Messages.Names(row.Id))
        {
            names.Add(message);
            if (tables.Blocks.Find(message) is { } block && MessageNode.TryRead(block, out MessageNode? node, out _))
                names.AddRange(node.Body);
        }
        return [.. names.Distinct()];
    }

    private static void Show(Invocation run, Block block)
    {
        if (run.IsJson)
            run.Out.Json(json => Write(json, block), oneLine: true);
        else
            run.Out.Line($"{block.Cid}  {block.Data.Length,7}  {BlockText.KindOf(block)}");
    }

    private static void Write(Utf8JsonWriter json, Block block)
    {
        json.WriteStartObject();
        BlockText.Write(json, block);
        json.WriteEndObject();
    }
}

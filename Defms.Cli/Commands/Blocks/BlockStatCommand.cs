using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;

namespace Defms.Cli.Commands.Blocks;

/// <summary><c>defms block stat</c>: what a block is and what it links to.</summary>
internal static class BlockStatCommand
{
    private static readonly Argument<string> Name = BlockCommand.Name();

    public static Command Build() => new CliCommand("stat", "Say what a block is, how large, and what it links to.")
    {
        Arguments = { Name },
    }
    .In(CommandGroup.Keep, "defms block stat bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        Block block = BlockCommand.Find(run, run.Get(Name));
        IReadOnlyList<Cid> links = DagCborLinks.Of(block);
        if (run.IsJson)
        {
            run.Out.Json(json => Write(json, block, links));
            return;
        }
        run.Out.Line($"{block.Cid}");
        run.Out.Line($"{BlockText.KindOf(block)}, {Names.Count(block.Data.Length, "byte")}, {Names.Count(links.Count, "link")}");
        foreach (Cid link in links)
            run.Out.Line($"  {link}");
    }

    private static void Write(Utf8JsonWriter json, Block block, IReadOnlyList<Cid> links)
    {
        json.WriteStartObject();
        BlockText.Write(json, block);
        json.WriteStrings("links", links.Select(link => link.ToString()));
        json.WriteEndObject();
    }
}

using System.CommandLine;
using Defms.Core.Blocks;

namespace Defms.Cli.Commands.Blocks;

/// <summary><c>defms block …</c>: for people who want to look at what everything is made of.</summary>
internal static class BlockCommand
{
    public static Command Build() => new CliCommand("block", "Look at the blocks that threads are made of.")
    {
        BlockListCommand.Build(), BlockGetCommand.Build(), BlockStatCommand.Build(), BlockPutCommand.Build(),
    }.In(CommandGroup.Keep, "defms block ls k3hq7xza", "defms block stat bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi");

    /// <summary>The argument that names a block.</summary>
    public static Argument<string> Name() => new("CID") { Description = "The whole CID, in any multibase." };

    /// <summary>The block of this name.</summary>
    /// <exception cref="CommandException">It is no CID, or no such block is here.</exception>
    public static Block Find(Invocation run, string text)
    {
        if (!Cid.TryParse(text, out Cid cid))
            throw new CommandException($"'{text}' is no CID. Blocks are named in full; 'defms block ls THREAD' lists those of a thread.", ExitCode.Usage);
        return run.Store.Read(tables => tables.Blocks.Find(cid))
            ?? throw new CommandException($"There is no sound block {cid} here.", ExitCode.NotFound);
    }
}

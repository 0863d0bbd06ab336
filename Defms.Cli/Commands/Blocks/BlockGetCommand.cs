using System.CommandLine;
using Defms.Core.Blocks;

namespace Defms.Cli.Commands.Blocks;

/// <summary><c>defms block get</c>: the bytes of a block.</summary>
internal static class BlockGetCommand
{
    private static readonly Argument<string> Name = BlockCommand.Name();

    private static readonly Option<string?> Out = new("--out") { Description = "The file to write; else standard output.", HelpName = "FILE" };

    private static readonly Flag Force = new("--force") { Description = "Write over a file that is there." };

    public static Command Build() => new CliCommand("get", "Write the bytes of a block, which were checked against its name.")
    {
        Arguments = { Name },
        Options = { Out, Force },
    }
    .In(CommandGroup.Keep, "defms block get bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        Block block = BlockCommand.Find(run, run.Get(Name));
        if (run.Get(Out) is { Length: > 0 } path && path != "-")
            OutputFile.Write(path, block.Span, run.Has(Force));
        else
            run.Out.Octets(block.Span);
    }
}

using System.CommandLine;

namespace Defms.Cli.Commands;

/// <summary><c>defms verify</c>: check everything that is stored.</summary>
internal static class VerifyCommand
{
    private static readonly Option<bool> Repair = new("--repair") { Description = "Rebuild what can be rebuilt from the blocks." };

    public static Command Build() => new CliCommand("verify", "Check every block and signature in your store.")
    {
        Options = { Repair },
    }
    .In(CommandGroup.Keep, "defms verify", "defms verify --repair")
    .Runs(run => throw new CommandException("This Defms cannot verify a store yet."));
}

using System.CommandLine;
using Defms.Core.Blocks;

namespace Defms.Cli.Commands;

/// <summary><c>defms cat</c>: the exact octets of a message.</summary>
internal static class CatCommand
{
    private static readonly Argument<string> Name = new("MESSAGE") { Description = "The message, by its first letters as 'defms show' shows them." };

    public static Command Build() => new CliCommand("cat", "Write the exact octets of a message to standard output.")
    {
        Arguments = { Name },
        Notes = "On a terminal, mail can do what it likes to it: 'defms show' is for reading.",
    }
    .In(CommandGroup.Read, "defms cat k3hq7xza > message.eml")
    .RunsAsync(async (run, cancel) =>
    {
        Cid message = run.Mailbox.FindMessage(run.Get(Name));
        await Fetching.CompleteAsync(run, message, cancel);
        run.Out.Octets(run.Mailbox.Octets(message));
        return ExitCode.Done;
    });
}

using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands;

/// <summary><c>defms mark</c>: flags on messages and conversations.</summary>
internal static class MarkCommand
{
    private static readonly Argument<string[]> Targets = new("NAME")
    {
        Description = "Messages, or threads for all of their conversation.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Flag Read = new("--read") { Description = "As read." };
    private static readonly Flag Unread = new("--unread") { Description = "As unread." };
    private static readonly Flag Flag = new("--flag") { Description = "With a flag." };
    private static readonly Flag Unflag = new("--unflag") { Description = "Without it." };

    public static Command Build() => new CliCommand("mark", "Mark messages or whole conversations as read, unread or flagged.")
    {
        Arguments = { Targets },
        Options = { Read, Unread, Flag, Unflag },
    }
    .In(CommandGroup.Read, "defms mark k3hq7xza --read", "defms mark k3hq7xza m5p2tqwe --unread --flag")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        MessageFlags set = (run.Has(Read) ? MessageFlags.Read : MessageFlags.None) | (run.Has(Flag) ? MessageFlags.Flagged : MessageFlags.None);
        MessageFlags clear = (run.Has(Unread) ? MessageFlags.Read : MessageFlags.None) | (run.Has(Unflag) ? MessageFlags.Flagged : MessageFlags.None);
        if ((set | clear) == MessageFlags.None || (set & clear) != MessageFlags.None)
            throw new CommandException("Say how to mark them: --read or --unread, --flag or --unflag.", ExitCode.Usage);
        int changed = Marking.Apply(run, run.Get(Targets), set, clear);
        if (run.IsJson)
            Marking.Write(run, changed);
        else
            run.Out.Line($"Marked {Names.Count(changed, "message")}.");
    }
}

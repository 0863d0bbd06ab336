using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Cli.Commands;

/// <summary><c>defms delete</c>: take messages out of sight.</summary>
internal static class DeleteCommand
{
    private static readonly Argument<string[]> Targets = new("NAME")
    {
        Description = "Messages, or threads for all of their conversation.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Flag Undo = new("--undo") { Description = "Show them again." };

    public static Command Build() => new CliCommand("delete", "Hide messages or whole conversations here; the others keep theirs.")
    {
        Arguments = { Targets },
        Options = { Undo },
        Notes = "A message is part of its thread for everybody in it, so it stays in your store too, unseen.",
    }
    .In(CommandGroup.Read, "defms delete k3hq7xza", "defms delete k3hq7xza --undo")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        bool isUndo = run.Has(Undo);
        int changed = Marking.Apply(run, run.Get(Targets), isUndo ? new Marks(MessageFlags.None, MessageFlags.Deleted) : new Marks(MessageFlags.Deleted, MessageFlags.None));
        if (run.IsJson)
            Marking.Write(run, changed);
        else if (isUndo)
            run.Out.Line($"{Names.Count(changed, "message")} shown again.");
        else
            run.Out.Sentence($"{Names.Count(changed, "message")} hidden here. The others in the conversation keep theirs; --undo shows yours again.");
    }
}

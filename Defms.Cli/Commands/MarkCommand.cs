using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Cli.Commands;

/// <summary><c>defms mark</c>: flags and labels on messages and conversations.</summary>
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

    private static readonly Option<string[]> LabelOn = new("--label") { Description = "Put a label on; may be repeated.", HelpName = "LABEL" };
    private static readonly Option<string[]> LabelOff = new("--unlabel") { Description = "Take a label off; may be repeated.", HelpName = "LABEL" };

    public static Command Build() => new CliCommand("mark", "Mark messages or whole conversations as read, flagged, labelled.")
    {
        Arguments = { Targets },
        Options = { Read, Unread, Flag, Unflag, LabelOn, LabelOff },
        Notes = $"A label is a word or several, of at most {Label.MaxLength} characters. Letter case does not count: it shows as it was "
            + "first written. 'defms labels' lists all, 'defms threads label:work' finds what has one.",
    }
    .In(CommandGroup.Read, "defms mark k3hq7xza --read", "defms mark k3hq7xza m5p2tqwe --unread --flag", "defms mark k3hq7xza --label work --unlabel 'to do'")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        MessageFlags set = (run.Has(Read) ? MessageFlags.Read : MessageFlags.None) | (run.Has(Flag) ? MessageFlags.Flagged : MessageFlags.None);
        MessageFlags clear = (run.Has(Unread) ? MessageFlags.Read : MessageFlags.None) | (run.Has(Unflag) ? MessageFlags.Flagged : MessageFlags.None);
        var marks = new Marks(set, clear) { Labels = Labels(run, LabelOn), Unlabels = Labels(run, LabelOff) };
        bool isNothing = (set | clear) == MessageFlags.None && marks.Labels.Count + marks.Unlabels.Count == 0;
        if (isNothing || (set & clear) != MessageFlags.None)
            throw new CommandException("Say how to mark them: --read or --unread, --flag or --unflag, --label or --unlabel.", ExitCode.Usage);
        if (marks.Labels.Select(label => label.Key).Intersect(marks.Unlabels.Select(label => label.Key)).Any())
            throw new CommandException("A label can be put on or taken off, not both.", ExitCode.Usage);
        int changed = Marking.Apply(run, run.Get(Targets), marks);
        if (run.IsJson)
            Marking.Write(run, changed);
        else
            run.Out.Line($"Marked {Names.Count(changed, "message")}.");
    }

    private static List<Label> Labels(Invocation run, Option<string[]> option) => [.. (run.Get(option) ?? []).Select(Parse)];

    private static Label Parse(string text) =>
        Label.TryParse(text, out Label? label, out string error) ? label : throw new CommandException($"'{text}': {error}", ExitCode.Usage);
}

using System.CommandLine;
using System.CommandLine.Invocation;
using Defms.Cli.Commands;

namespace Defms.Cli.Rendering;

/// <summary>The help of a command: what it does, how it is written, its options, and examples.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const string Program = "defms";
    private const int Indent = 2;
    private const int MaxLabel = 26;

    private static readonly (CommandGroup Group, string Title)[] Groups =
    [
        (CommandGroup.Start, "Begin, and know whom you write to"), (CommandGroup.Write, "Write and exchange"),
        (CommandGroup.Read, "Read"), (CommandGroup.Keep, "Look after your store"),
    ];

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        using Screen screen = Screen.Output();
        Write(screen, parseResult.CommandResult.Command);
        return ExitCode.Done;
    }

    public static void Write(Screen screen, Command command)
    {
        screen.Sentence(command.Description ?? "");
        Section(screen, "Usage");
        screen.Sentence(new string(' ', Indent) + Usage(command), 2 * Indent);
        if (command is RootCommand)
            WriteGroups(screen, command);
        else
            WriteRows(screen, "Commands", command.Subcommands.Select(other => (other.Name, other.Description ?? "")));
        WriteRows(screen, "Arguments", command.Arguments.Select(argument => (argument.HelpName ?? argument.Name, argument.Description ?? "")));
        WriteRows(screen, "Options", Options(command).Select(option => (Label(option), option.Description ?? "")));
        WriteRest(screen, command);
    }

    /// <summary>The command as it is typed: "defms contact add".</summary>
    public static string NameOf(Command command)
    {
        string name = command is RootCommand ? Program : command.Name;
        return command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {name}" : name;
    }

    private static string Usage(Command command)
    {
        IEnumerable<string> arguments = command.Arguments.Select(argument =>
        {
            string name = argument.HelpName ?? argument.Name;
            name += argument.Arity.MaximumNumberOfValues > 1 ? "…" : "";
            return argument.Arity.MinimumNumberOfValues > 0 ? name : $"[{name}]";
        });
        string rest = command.Subcommands.Count > 0 ? "COMMAND …" : string.Join(' ', arguments.Append("[options]"));
        return $"{NameOf(command)} {rest}";
    }

    private static void WriteGroups(Screen screen, Command root)
    {
        List<CliCommand> commands = [.. root.Subcommands.OfType<CliCommand>()];
        int widest = commands.Max(command => command.Name.Length);
        foreach ((CommandGroup group, string title) in Groups)
            WriteRows(screen, title, commands.Where(command => command.Group == group).Select(command => (command.Name.PadRight(widest), command.Description ?? "")));
    }

    private static void WriteRest(Screen screen, Command command)
    {
        if (command is CliCommand { Notes.Length: > 0 } noted)
        {
            screen.Line();
            screen.Line(string.Join('\n', Wrapping.Wrap(noted.Notes, screen.Width)));
        }
        if (command is CliCommand { Examples.Count: > 0 } shown)
        {
            Section(screen, "Examples");
            foreach (string example in shown.Examples)
                screen.Line(new string(' ', Indent) + screen.Cyan(example));
        }
        if (command.Subcommands.Count > 0)
        {
            screen.Line();
            screen.Line($"'{NameOf(command)} COMMAND --help' shows what a command takes, with examples.");
        }
    }

    private static void Section(Screen screen, string title)
    {
        screen.Line();
        screen.Line(screen.Bold(title + ":"));
    }

    private static void WriteRows(Screen screen, string title, IEnumerable<(string Label, string Text)> rows)
    {
        List<(string Label, string Text)> all = [.. rows];
        if (all.Count == 0)
            return;
        Section(screen, title);
        int column = Math.Min(MaxLabel, all.Max(row => row.Label.Length)) + (2 * Indent);
        foreach ((string label, string text) in all)
        {
            string start = new string(' ', Indent) + label;
            bool isLong = start.Length > column - 1;
            string gap = isLong ? "\n" + new string(' ', column) : new string(' ', column - start.Length);
            screen.Line(start + gap + Wrapping.Block(text, screen.Width, column));
        }
    }

    /// <summary>The command's own options, then those of all commands.</summary>
    private static IEnumerable<Option> Options(Command command)
    {
        RootCommand? root = command as RootCommand;
        for (Command? at = command; root is null && at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
            root = at as RootCommand;
        return command is RootCommand ? command.Options : command.Options.Concat(root?.Options.Where(option => option.Recursive) ?? []);
    }

    private static string Label(Option option)
    {
        IEnumerable<string> names = option.Aliases.Where(alias => alias[0] == '-' && alias != "-?").Prepend(option.Name);
        string value = option.HelpName is null ? "" : " " + option.HelpName;
        return string.Join(", ", names.OrderBy(name => name.Length)) + value;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Defms.Cli.Rendering;

namespace Defms.Cli;

/// <summary>Says what is wrong with a command line, and what was perhaps meant.</summary>
internal static class WrongUsage
{
    /// <summary>Two letters swapped, missing or wrong are a slip; more make another word.</summary>
    private const int MaxSlip = 2;

    public static int Tell(ParseResult arguments)
    {
        using Screen screen = Screen.Error();
        Command command = arguments.CommandResult.Command;
        bool isGroup = command.Subcommands.Count > 0;
        if (isGroup && arguments.UnmatchedTokens.Count == 0)
        {
            HelpText.Write(screen, command);
            return ExitCode.Usage;
        }
        string sentence = isGroup || arguments.UnmatchedTokens is [['-', ..], ..]
            ? Unknown(command, arguments.UnmatchedTokens[0])
            : arguments.Errors[0] is { SymbolResult: ArgumentResult { Tokens.Count: 0, Argument: var missing } }
            ? $"'{HelpText.NameOf(command)}' needs {missing.HelpName ?? missing.Name}: {missing.Description}"
            : arguments.Errors[0].Message;
        screen.Sentence($"{screen.Red("defms:")} {VisibleText.Line(sentence)}");
        screen.Sentence($"'{HelpText.NameOf(command)} --help' says more.");
        return ExitCode.Usage;
    }

    /// <summary>The name among <paramref name="names"/> that <paramref name="typed"/> is a slip of, or null.</summary>
    internal static string? Nearest(string typed, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: Distance(typed, name)))
        .Where(found => found.Distance <= Math.Min(MaxSlip, found.Name.Length / 2) || (typed.Length >= 3 && found.Name.StartsWith(typed)))
        .OrderBy(found => found.Distance)
        .Select(found => found.Name)
        .FirstOrDefault();

    private static string Unknown(Command command, string typed)
    {
        bool isOption = typed.StartsWith('-');
        IEnumerable<string> names = isOption ? OptionNames(command) : command.Subcommands.Select(other => other.Name);
        string sentence = isOption
            ? $"'{HelpText.NameOf(command)}' has no option '{typed}'."
            : $"There is no command '{HelpText.NameOf(command)} {typed}'.";
        return Nearest(typed, names) is { } nearest ? $"{sentence} Did you mean '{nearest}'?" : sentence;
    }

    private static IEnumerable<string> OptionNames(Command command) =>
        command.Options.Append(GlobalOptions.Home).Append(GlobalOptions.Json).Select(option => option.Name);

    /// <summary>How many letters to insert, take out, change or swap with the next (optimal string alignment).</summary>
    private static int Distance(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
                cost[i, j] = i == 0 ? j : j == 0 ? i : Step(cost, from, to, i, j);
        }
        return cost[from.Length, to.Length];
    }

    private static int Step(int[,] cost, string from, string to, int i, int j)
    {
        int change = from[i - 1] == to[j - 1] ? 0 : 1;
        int best = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + change);
        bool isSwap = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
        return isSwap ? Math.Min(best, cost[i - 2, j - 2] + 1) : best;
    }
}

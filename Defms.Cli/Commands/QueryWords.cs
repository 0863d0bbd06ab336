using System.CommandLine;

namespace Defms.Cli.Commands;

/// <summary>A query that stands on the command line in several words, some of which may begin with '-'.</summary>
internal static class QueryWords
{
    /// <exception cref="CommandException">A word looks like an option that there is none of.</exception>
    public static string Read(Invocation run, Argument<string[]> argument)
    {
        string[] words = run.Get(argument);
        string? option = Array.Find(words, word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2 && char.IsAsciiLetter(word[2]));
        return option is null
            ? string.Join(' ', words)
            : throw new CommandException($"There is no option '{option}' here. Behind one '-' stands what must not be found.", ExitCode.Usage);
    }
}

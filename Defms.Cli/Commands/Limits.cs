using System.CommandLine;

namespace Defms.Cli.Commands;

/// <summary>The option --limit, which several lists take.</summary>
internal static class Limits
{
    /// <summary>How many rows are wanted; 0 on the command line means all.</summary>
    /// <exception cref="CommandException">It is no number from 0 on.</exception>
    public static int Read(Invocation run, Option<string?> option, int usual) => run.Get(option) is not { } text ? usual
        : int.TryParse(text, out int limit) && limit >= 0 ? (limit == 0 ? int.MaxValue : limit)
        : throw new CommandException($"--limit takes a number from 0 on, not '{text}'.", ExitCode.Usage);
}

using System.CommandLine;

namespace Defms.Cli;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Home = new("--home")
    {
        Description = "The folder with your identity and mail (default: DEFMS_HOME, else ~/.local/share/defms).",
        HelpName = "DIR",
        Recursive = true,
    };

    public static readonly Flag Json = new("--json")
    {
        Description = "Answer with one JSON document on standard output.",
        Recursive = true,
    };
}

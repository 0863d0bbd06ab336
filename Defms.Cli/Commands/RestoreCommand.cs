using System.CommandLine;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms restore</c>: a home from a backup.</summary>
internal static class RestoreCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "A file that 'defms backup' wrote." };

    public static Command Build() => new CliCommand("restore", "Make your home of a backup, where there is none.")
    {
        Arguments = { File },
        Notes = "The restored home is another machine to all others; 'defms sync --full' brings what came since the backup.",
    }
    .In(CommandGroup.Keep, "defms restore /media/stick/defms.backup")
    .Runs(run =>
    {
        Backup.Restore(run.Get(File), run.HomePath, run.Random);
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("home", run.Home.Folder);
                json.WriteEndObject();
            });
        }
        else
            run.Out.Line($"Your home is at {run.Home.Folder}.");
    });
}

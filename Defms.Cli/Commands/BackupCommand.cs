using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms backup</c>: everything in one file.</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "Where to; a file that is there is replaced when the new one is whole." };

    public static Command Build() => new CliCommand("backup", "Copy your identity and all mail into one file, also while the daemon runs.")
    {
        Arguments = { File },
        Notes = "Whoever has the file can read your mail, and without a passphrase be you: keep it as safe as your home.",
    }
    .In(CommandGroup.Keep, "defms backup /media/stick/defms.backup")
    .Runs(run =>
    {
        string file = run.Get(File);
        // Opening the home finishes a change of keys that was cut short.
        Backup.Write(run.Home.Folder, file);
        long length = new FileInfo(file).Length;
        long away = new NodeMove(run.Home.Store).Kept().Blocks;
        if (away > 0)
            run.Error.Sentence(run.Error.Yellow($"{Names.Count(away, "block")} of your mail are with your IPFS node and not in this file: back the node up too, or bring them back first with 'defms config ipfs --unset'."));
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", Path.GetFullPath(file));
                json.WriteNumber("bytes", length);
                json.WriteEndObject();
            });
        }
        else
            run.Out.Line($"{(away > 0 ? "Your store" : "Everything")} is in {file} ({Names.Size(length)}).");
    });
}

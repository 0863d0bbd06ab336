using System.CommandLine;
using System.Diagnostics;
using Defms.Cli.Demo;
using Defms.Cli.Demo.Legacy;
using Defms.Cli.Rendering;

namespace Defms.Cli.Commands;

/// <summary><c>defms demo</c>: the main thing, shown and checked on this machine.</summary>
internal static class DemoCommand
{
    private static readonly Flag Keep = new("--keep") { Description = "Leave the temporary folder with the homes, to look at." };

    private static readonly Flag Offline = new("--offline") { Description = "Show two people who are never online together, and their hosts." };

    private static readonly Flag Ipfs = new("--ipfs") { Description = "Show two people with IPFS nodes underneath instead; needs Node.js." };

    private static readonly Flag Legacy = new("--legacy") { Description = "Show a gateway to somebody with old mail, by Postfix and Dovecot where they are installed." };

    private static readonly Flag BuiltIn = new("--built-in") { Description = "With --legacy: do without Postfix and Dovecot even where they are installed." };

    public static Command Build() => new CliCommand("demo", "Show two people, two daemons and one sealed conversation on this machine.")
    {
        Options = { Offline, Ipfs, Legacy, BuiltIn, Keep },
        Notes = "Uses a temporary folder and free loopback ports only. Exit code 0 means that every claim it made was checked and holds.",
    }
    .In(CommandGroup.Start, "defms demo", "defms demo --offline", "defms demo --ipfs", "defms demo --legacy")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("defms-demo-").FullName;
        // With --json the story is for people beside the document.
        Screen screen = run.IsJson ? run.Error : run.Out;
        try
        {
            long start = Stopwatch.GetTimestamp();
            (int checks, string? failure) = await TellAsync(Choose(run, screen, folder), cancel);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            screen.Line();
            screen.Line(failure is null
                ? $"{screen.Green("All of it holds")}: {checks} claims checked in {seconds:0.0} s."
                : screen.Red(VisibleText.Line(failure)));
            if (run.IsJson)
                run.Out.Json(json => Write(json, checks, seconds, failure));
            return failure is null ? ExitCode.Done : ExitCode.Failed;
        }
        finally
        {
            if (run.Has(Keep))
                screen.Line($"The homes are in {folder}.");
            else
                Directory.Delete(folder, recursive: true);
        }
    }

    private static IStory Choose(Invocation run, Screen screen, string folder) =>
        run.Has(Offline) ? new OfflineStory(screen, folder, run.Random)
        : run.Has(Legacy) ? new LegacyStory(screen, folder, run.Random, run.Has(BuiltIn))
        : run.Has(Ipfs) ? new IpfsStory(screen, folder, run.Random)
        : new Story(screen, folder, run.Random);

    /// <summary>Tells the story to its end or its first claim that does not hold; its programs have stopped when this returns.</summary>
    private static async Task<(int Checks, string? Failure)> TellAsync(IStory told, CancellationToken cancel)
    {
        await using IStory story = told;
        try
        {
            await story.TellAsync(cancel);
            return (story.Checks, null);
        }
        catch (DemoException e)
        {
            return (story.Checks, e.Message);
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, int checks, double seconds, string? failure)
    {
        json.WriteStartObject();
        json.WriteBoolean("holds", failure is null);
        json.WriteNumber("checks", checks);
        json.WriteNumber("seconds", Math.Round(seconds, 1));
        if (failure is not null)
            json.WriteString("failure", failure);
        json.WriteEndObject();
    }
}

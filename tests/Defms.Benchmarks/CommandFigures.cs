using System.Diagnostics;

namespace Defms.Benchmarks;

/// <summary>What a person waits for at the terminal: whole processes, from nothing to the last byte of output.</summary>
internal static class CommandFigures
{
    private const int Conversations = 10_000;
    private const int Runs = 20;

    public static Task RunAsync(Bench bench)
    {
        using var person = new Resident(bench.Folder, "lister");
        Bench.Say($"making {Conversations} conversations …");
        for (int i = 0; i < Conversations; i++)
        {
            using var thread = person.NewThread();
            person.Fill(thread, i, 1);
        }
        bench.Report("command.version-cold", "ms", Repeat("--version"));
        bench.Report("command.threads-limit-50-of-10k-cold", "ms", Repeat("threads", "--limit", "50", "--home", person.Home.Folder), target: 120, isCeiling: true);
        return Task.CompletedTask;
    }

    private static double[] Repeat(params string[] arguments) =>
        [.. Enumerable.Range(0, Runs + 1).Select(_ => Bench.Time(() => Run(arguments)) * 1000).Skip(1)];

    private static void Run(string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Programs.Find("defms"), arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"defms {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}

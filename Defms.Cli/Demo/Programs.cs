using System.Diagnostics;

namespace Defms.Cli.Demo;

/// <summary>Starts programs for a demonstration: our own beside this one, and those that are installed.</summary>
internal static class Programs
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Where servers lie, which are not in everybody's PATH.</summary>
    private static readonly string[] MoreFolders = ["/usr/sbin", "/usr/local/sbin"];

    /// <summary>Starts one of our programs with nothing of the person's own settings; its input is at its end.</summary>
    /// <exception cref="DemoException">It is not there.</exception>
    public static Process StartOwn(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        string path = Path.Combine(AppContext.BaseDirectory, program);
        if (!File.Exists(path))
            throw new DemoException($"{path} is not there. Run the demonstration as './defms demo' from a clone, which builds all programs.");
        ProcessStartInfo start = Redirected(path, arguments);
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("DEFMS_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Started(start);
    }

    /// <summary>The first program of this name in PATH or where servers lie.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(MoreFolders)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Starts an installed program, to go on for longer.</summary>
    public static Process StartInstalled(string program, params string[] arguments) => Started(Redirected(program, arguments));

    /// <summary>Runs an installed program to its end: its exit code and what it wrote, errors behind.</summary>
    /// <exception cref="DemoException">It does not end.</exception>
    public static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        using Process process = Started(Redirected(program, arguments));
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, output + await errors);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new DemoException($"'{program} {string.Join(' ', arguments)}' did not end within {Limit.TotalSeconds:0} s.");
        }
    }

    private static ProcessStartInfo Redirected(string program, IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

    private static Process Started(ProcessStartInfo start)
    {
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}

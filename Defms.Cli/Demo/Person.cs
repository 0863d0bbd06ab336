using System.Diagnostics;
using System.Text.Json;

namespace Defms.Cli.Demo;

/// <summary>
/// Somebody in the demonstration: a home of his own and, if wanted, a daemon on a free loopback port. Everything is done by the very
/// programs a user runs, as processes of their own.
/// </summary>
internal sealed class Person(string name, string address, string folder) : IAsyncDisposable
{
    private const int MaxCommandSeconds = 30;
    private const string ReadyPrefix = "listening on ";

    private Process? daemon;

    public string Name { get; } = name;

    public string Address { get; } = address;

    public string Home { get; } = Path.Combine(folder, name.ToLowerInvariant());

    /// <summary>The identity, once <see cref="InitAsync"/> has run.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Where the daemon answers; kept over a restart, as a fixed port would be.</summary>
    public string? Endpoint { get; private set; }

    public async Task InitAsync(CancellationToken cancel) =>
        Id = (await JsonAsync(cancel, "init", "--name", Name, "--address", Address)).GetProperty("id").GetString()!;

    /// <summary>Runs <c>defms</c> in this home and returns its JSON document.</summary>
    /// <exception cref="DemoException">It failed; queued mail (exit code 4) is no failure here.</exception>
    public async Task<JsonElement> JsonAsync(CancellationToken cancel, params string[] arguments)
    {
        (byte[] output, string errors, int exitCode) = await RunAsync([.. arguments, "--json"], cancel);
        if (exitCode is not (0 or 4))
            throw new DemoException($"'defms {string.Join(' ', arguments)}' ended with {exitCode}: {errors.Trim()}");
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Runs <c>defms</c> in this home and returns what it wrote, byte for byte.</summary>
    public async Task<byte[]> BytesAsync(CancellationToken cancel, params string[] arguments)
    {
        (byte[] output, string errors, int exitCode) = await RunAsync(arguments, cancel);
        return exitCode == 0 ? output : throw new DemoException($"'defms {string.Join(' ', arguments)}' ended with {exitCode}: {errors.Trim()}");
    }

    /// <summary>Runs a command that is to fail, and returns what it tells the person.</summary>
    /// <exception cref="DemoException">It did not fail.</exception>
    public async Task<string> FailureAsync(CancellationToken cancel, params string[] arguments)
    {
        (_, string errors, int exitCode) = await RunAsync(arguments, cancel);
        return exitCode == 1 ? errors : throw new DemoException($"'defms {string.Join(' ', arguments)}' ended with {exitCode} where it had to fail.");
    }

    /// <summary>Starts the daemon and waits until it listens. The first time, the endpoint is entered into the own card.</summary>
    public async Task StartDaemonAsync(CancellationToken cancel)
    {
        daemon = Programs.StartOwn("defms-daemon", ["--home", Home, "--listen", Endpoint ?? "http://127.0.0.1:0"]);
        string? line;
        do
        {
            line = await daemon.StandardOutput.ReadLineAsync(cancel);
        }
        while (line is not null && !line.StartsWith(ReadyPrefix, StringComparison.Ordinal));
        if (line is null)
            throw new DemoException($"{Name}'s daemon did not start: {(await daemon.StandardError.ReadToEndAsync(cancel)).Trim()}");
        if (Endpoint is not null)
            return;
        Endpoint = line[ReadyPrefix.Length..].Trim();
        await JsonAsync(cancel, "config", "endpoint", Endpoint);
    }

    /// <summary>Stops the daemon as an administrator would.</summary>
    public async Task StopDaemonAsync(CancellationToken cancel)
    {
        if (daemon is not { HasExited: false } running)
            return;
        using (Process kill = Process.Start("kill", ["-TERM", running.Id.ToString()]))
            await kill.WaitForExitAsync(cancel);
        await running.WaitForExitAsync(cancel);
        if (running.ExitCode != 0)
            throw new DemoException($"{Name}'s daemon ended with {running.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        if (daemon is null)
            return;
        if (!daemon.HasExited)
            daemon.Kill(entireProcessTree: true);
        await daemon.WaitForExitAsync();
        daemon.Dispose();
    }

    private async Task<(byte[] Output, string Errors, int ExitCode)> RunAsync(IEnumerable<string> arguments, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(MaxCommandSeconds));
        using Process process = Programs.StartOwn("defms", [.. arguments, "--home", Home]);
        using var output = new MemoryStream();
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (output.ToArray(), await errors, process.ExitCode);
    }
}

/// <summary>The demonstration could not go on; the message says at what.</summary>
internal sealed class DemoException(string message) : Exception(message);

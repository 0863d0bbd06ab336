using System.Diagnostics;
using System.Globalization;

namespace Defms.Cli.Demo.Legacy;

/// <summary>A gateway of its own: its configuration, home and temporary files in one folder, and the program that runs on them.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string Domain = "mill.example";

    private static readonly TimeSpan CommandTime = TimeSpan.FromSeconds(30);

    private readonly List<string> log = [];
    private Process? process;

    public GatewayProcess(string folder)
    {
        Folder = folder;
        Directory.CreateDirectory(Temporary);
    }

    /// <summary>Everything that it writes is below.</summary>
    public string Folder { get; }

    public string Home => Path.Combine(Folder, "home");

    /// <summary>Where people's machines reach it.</summary>
    public string Url { get; private set; } = "";

    public int SmtpPort { get; private set; }

    public string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    private string ConfigPath => Path.Combine(Folder, "gateway.conf");

    private string Temporary => Path.Combine(Folder, "tmp");

    /// <param name="smarthost">The port where its outgoing mail goes.</param>
    public async Task InitAsync(int smarthost, CancellationToken cancel)
    {
        string key = Path.Combine(Folder, "dkim.pem");
        using (var made = System.Security.Cryptography.RSA.Create(2048))
            await File.WriteAllTextAsync(key, made.ExportPkcs8PrivateKeyPem(), cancel);
        await File.WriteAllTextAsync(ConfigPath, $"""
            [gateway]
            home = home
            hostname = mx.{Domain}

            [peers]
            listen = http://127.0.0.1:0

            [smtp]
            exchange = 127.0.0.1:0
            # There is no DNS in this demonstration.
            sender-policy = off

            [outgoing]
            send = smarthost
            smarthost = 127.0.0.1
            smarthost-port = {smarthost}
            smarthost-security = insecure
            dkim-key = dkim.pem

            """, cancel);
        await RunAsync(cancel, "init", "--name", $"Mail of {Domain}");
    }

    /// <summary>Adds an account at a provider, whose mail goes to the owner of an address.</summary>
    public async Task FetchAsync(string name, string owner, int port, string user, string password, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{name}.password"), password + "\n", cancel);
        await File.AppendAllTextAsync(ConfigPath, $"""

            [imap {name}]
            account = {owner}
            host = 127.0.0.1
            port = {port}
            security = insecure
            user = {user}
            password-file = {name}.password
            poll = 30

            """, cancel);
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="DemoException">It does not start.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        process = Programs.StartOwn("defms-gateway", ["--config", ConfigPath], Variables);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log)
                log.Add(line.Data ?? "");
        };
        process.BeginErrorReadLine();
        string? said;
        while ((said = await process.StandardOutput.ReadLineAsync(cancel)) is not (null or "ready"))
            Note(said.Split(' ')[^1]);
        if (said is null)
            throw new DemoException($"The gateway did not start: {Log.Trim()}");
        // The port became known only now; where it is fixed, 'endpoint' in the configuration does this.
        (int code, string output) = await Programs.RunAsync(Path.Combine(AppContext.BaseDirectory, "defms"), ["config", "endpoint", Url, "--home", Home], cancel);
        if (code != 0)
            throw new DemoException($"The gateway's card does not take its endpoint: {output.Trim()}");
    }

    /// <summary>Runs a command of the gateway and returns what it says.</summary>
    /// <exception cref="DemoException">It failed.</exception>
    public async Task<string> RunAsync(CancellationToken cancel, params string[] words)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(CommandTime);
        using Process command = Programs.StartOwn("defms-gateway", ["--config", ConfigPath, .. words], Variables);
        Task<string> errors = command.StandardError.ReadToEndAsync(limit.Token);
        string output = await command.StandardOutput.ReadToEndAsync(limit.Token);
        await command.WaitForExitAsync(limit.Token);
        return command.ExitCode == 0 ? output : throw new DemoException($"'defms-gateway {string.Join(' ', words)}' ended with {command.ExitCode}: {(await errors).Trim()}");
    }

    /// <summary>Asks it to stop, as a service manager does; its exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancel)
    {
        await Programs.RunAsync("kill", ["-TERM", process!.Id.ToString(CultureInfo.InvariantCulture)], cancel);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is null)
            return;
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Without the pipes that the runtime keeps among the temporary files for debuggers, on which a reader would wait.</summary>
    private Dictionary<string, string> Variables => new() { ["TMPDIR"] = Temporary, ["DOTNET_EnableDiagnostics"] = "0" };

    private void Note(string place)
    {
        if (place.StartsWith("smtp://", StringComparison.Ordinal))
            SmtpPort = int.Parse(place.AsSpan(place.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
        else
            Url = place;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Http;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>A gateway's folder, its configuration, and the program that runs on it.</summary>
internal sealed class GatewayProgram : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-gateway-").FullName;
    private readonly List<string> errors = [];
    private Process? process;

    private GatewayProgram()
    {
        Directory.CreateDirectory(Temporary);
    }

    /// <summary>All that it may write to lies below.</summary>
    public string Folder => folder;

    public string Home => Path.Combine(folder, "home");

    /// <summary>The folder for temporary files that the program is told of.</summary>
    public string Temporary => Path.Combine(folder, "tmp");

    public string ConfigPath => Path.Combine(folder, "gateway.conf");

    public string Url { get; private set; } = "";

    public int SmtpPort { get; private set; }

    public int Id => process!.Id;

    public int SubmissionPort { get; private set; }

    public int SecureSubmissionPort { get; private set; }

    public string Card { get; private set; } = "";

    public int ProcessId => process!.Id;

    public bool HasEnded => process!.HasExited;

    /// <summary>What the program wrote to its log.</summary>
    public string Log
    {
        get
        {
            lock (errors)
                return string.Join('\n', errors);
        }
    }

    /// <param name="more">Lines behind the configuration, the first of them in [smtp].</param>
    /// <param name="policy">What is made of the senders of mail.</param>
    /// <param name="domain">Where its name is.</param>
    public static async Task<GatewayProgram> MakeAsync(string more = "", string policy = "off", string domain = "a.example")
    {
        var gateway = new GatewayProgram();
        await File.WriteAllTextAsync(gateway.ConfigPath, $"""
            [gateway]
            home = home
            hostname = mx.{domain}
            log = debug

            [peers]
            listen = http://127.0.0.1:0

            [smtp]
            exchange = 127.0.0.1:0
            sender-policy = {policy}

            """);
        (await gateway.CommandAsync("init")).Expect(0);
        await File.AppendAllTextAsync(gateway.ConfigPath, more);
        return gateway;
    }

    /// <summary>A command beside the running program, with this configuration.</summary>
    public Task<Result> CommandAsync(params string[] words) => Programs.RunAsync("Defms.Gateway", "defms-gateway", ["--config", ConfigPath, .. words], null, Variables);

    /// <summary>Starts it, and lets its card name where it is.</summary>
    public async Task StartAsync()
    {
        await LaunchAsync();
        (await Programs.RunAsync(["config", "endpoint", Url, "--home", Home])).Expect(0);
        Card = (await CommandAsync("card")).Expect(0).Text.Trim();
    }

    /// <summary>Starts it, and leaves its card as it is.</summary>
    public async Task LaunchAsync()
    {
        SmtpPort = 0;
        process?.Dispose();
        process = Programs.Start("Defms.Gateway", "defms-gateway", ["--config", ConfigPath], Variables);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
                errors.Add(line.Data ?? "");
        };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line && line != "ready")
            Note(line);
        Assert.True(SmtpPort > 0, $"the gateway did not start\n{Log}");
    }

    /// <summary>What it has open at this moment, as Linux names it; nothing elsewhere.</summary>
    public IReadOnlyList<string> OpenFiles()
    {
        string place = $"/proc/{ProcessId}/fd";
        return Directory.Exists(place) ? [.. Directory.EnumerateFiles(place).Select(LinkOf).OfType<string>()] : [];
    }

    /// <summary>The same, with the card as the configuration made it.</summary>
    public async Task ServeWithCardAsync(Person person, string address)
    {
        Card = (await CommandAsync("card")).Expect(0).Text.Trim();
        await ServeAsync(person, address);
    }

    /// <summary>Gives a person the address, and enters the gateway at hers.</summary>
    public async Task ServeAsync(Person person, string address)
    {
        string card = (await person.RunAsync("card")).Expect(0).Text.Trim();
        (await CommandAsync("account", "add", address, card)).Expect(0);
        int accounts = (await CommandAsync("account", "list")).Expect(0).Text.Count(c => c == '\n');
        // The running program looks every second.
        long start = Stopwatch.GetTimestamp();
        while (!(await GetAsync("/metrics")).Contains($"defms_accounts {accounts}\n", StringComparison.Ordinal))
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2), "the gateway does not see the account");
        (await person.RunAsync("config", "gateway", Card)).Expect(0);
    }

    /// <summary>Asks it to stop, as a service manager does; its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (Process kill = Process.Start("kill", ["-TERM", process!.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>As a power cut would.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    public async Task<string> GetAsync(string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(Url + path));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Without the pipes that the runtime keeps among the temporary files for debuggers, on which a reader would wait.</summary>
    private Dictionary<string, string> Variables => new() { ["TMPDIR"] = Temporary, ["DOTNET_EnableDiagnostics"] = "0" };

    /// <summary>Null when it was closed in between.</summary>
    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static int PortOf(string place) => int.Parse(place[(place.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    private void Note(string line)
    {
        string[] words = line.Split(' ');
        if (words is not ["listening", "on", var place])
            return;
        if (place.StartsWith("smtp://", StringComparison.Ordinal))
            SmtpPort = PortOf(place);
        else if (place.StartsWith("submission://", StringComparison.Ordinal))
            SubmissionPort = PortOf(place);
        else if (place.StartsWith("submissions://", StringComparison.Ordinal))
            SecureSubmissionPort = PortOf(place);
        else
            Url = place;
    }
}

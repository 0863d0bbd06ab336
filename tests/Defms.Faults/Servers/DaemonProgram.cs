using System.Diagnostics;
using Defms.EndToEnd.Tests.Cli;
using Defms.EndToEnd.Tests.Gateway;
using Defms.Faults.Tracing;

namespace Defms.Faults.Servers;

/// <summary>Somebody's daemon that may die and start again, and is found at the same port all the time.</summary>
internal sealed class DaemonProgram : IAsyncDisposable
{
    private const string Ready = "listening on ";

    private readonly Person owner;
    private Process? process;

    private DaemonProgram(Person owner) => this.owner = owner;

    public int ProcessId => process!.Id;

    /// <summary>Where others reach it.</summary>
    public Relay Relay { get; } = new();

    /// <summary>Prepares one that nobody is to find.</summary>
    public static DaemonProgram At(Person owner) => new(owner);

    /// <summary>Prepares one, and has the owner's card name where it will be.</summary>
    public static async Task<DaemonProgram> MakeAsync(Person owner)
    {
        var daemon = new DaemonProgram(owner);
        (await owner.RunAsync("config", "endpoint", $"http://127.0.0.1:{daemon.Relay.Port}")).Expect(0);
        return daemon;
    }

    public async Task LaunchAsync()
    {
        process?.Dispose();
        process = Programs.Start("Defms.Daemon", "defms-daemon", ["--home", owner.Home, "--listen", "http://127.0.0.1:0"], Strace.QuietRuntime);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync();
        }
        while (line is not null && !line.StartsWith(Ready, StringComparison.Ordinal));
        Assert.True(line is not null, "the daemon did not start");
        Relay.Target = new Uri(line![Ready.Length..].Trim()).Port;
    }

    /// <summary>As a power cut would; one that is dead already stays so.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await KillAsync();
        process?.Dispose();
        await Relay.DisposeAsync();
    }
}

using System.Diagnostics;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>Somebody's daemon on a free loopback port, which his card names from then on.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private const string Ready = "listening on ";

    private readonly Process process;

    private Daemon(Process process, string url) => (this.process, Url) = (process, url);

    public string Url { get; }

    public int Id => process.Id;

    public static async Task<Daemon> StartAsync(Person owner, params string[] more)
    {
        Process process = Programs.Start("Defms.Daemon", "defms-daemon", ["--home", owner.Home, "--listen", "http://127.0.0.1:0", .. more]);
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync();
        }
        while (line is not null && !line.StartsWith(Ready, StringComparison.Ordinal));
        Assert.True(line is not null, "the daemon did not start");
        var daemon = new Daemon(process, line[Ready.Length..].Trim());
        (await owner.RunAsync("config", "endpoint", daemon.Url)).Expect(0);
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}

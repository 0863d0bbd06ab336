using System.Diagnostics;
using System.Globalization;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Gateway.Accounts;

namespace Defms.Benchmarks;

/// <summary>The built gateway with one account, and the daemon of the person whose it is, each a process of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly Process process;
    private readonly Resident gateway;
    private readonly DaemonProcess daemon;
    private string url = "";

    private GatewayProcess(Process process, Resident gateway, Resident owner, DaemonProcess daemon) =>
        (this.process, this.gateway, Owner, this.daemon) = (process, gateway, owner, daemon);

    /// <summary>Whose mail it is.</summary>
    public Resident Owner { get; }

    public int SmtpPort { get; private set; }

    /// <summary>The most memory that the gateway held.</summary>
    public long PeakBytes => PeakOf(process.Id);

    /// <summary>The most memory that the daemon held.</summary>
    public long DaemonPeakBytes => PeakOf(daemon.Id);

    /// <summary>Processor time of the gateway and of the daemon.</summary>
    public (TimeSpan Gateway, TimeSpan Daemon) ProcessorTime
    {
        get
        {
            process.Refresh();
            return (process.TotalProcessorTime, daemon.ProcessorTime);
        }
    }

    /// <param name="label">Names the folders.</param>
    /// <param name="more">Lines behind the configuration, given the owner's address.</param>
    public static async Task<GatewayProcess> StartAsync(Bench bench, string label, Func<string, string>? more = null)
    {
        var gateway = new Resident(bench.Folder, $"gateway-{label}");
        var owner = new Resident(bench.Folder, $"owner-{label}");
        DaemonProcess daemon = await DaemonProcess.StartAsync(owner.Home.Folder);
        owner.SetEndpoint(daemon.Url);
        new AccountDirectory(gateway.Store).Add(owner.Address, owner.Card, gateway.Identity.Did, TimeProvider.System.GetUtcNow());
        owner.Store.Write(tables =>
        {
            Gateways.Enter(tables, [gateway.Card], owner.Identity.Did, TimeProvider.System.GetUtcNow());
            return true;
        });
        string config = Path.Combine(bench.Folder, $"gateway-{label}.conf");
        await File.WriteAllTextAsync(config, $"""
            [gateway]
            home = {gateway.Home.Folder}
            hostname = mx.example.org
            [peers]
            listen = http://127.0.0.1:0
            [smtp]
            exchange = 127.0.0.1:0
            sender-policy = off
            {more?.Invoke(owner.Address)}

            """);
        var start = new ProcessStartInfo(Programs.Find("defms-gateway"), ["--config", config]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var running = new GatewayProcess(Process.Start(start)!, gateway, owner, daemon);
        running.process.ErrorDataReceived += (_, line) => { };
        running.process.BeginErrorReadLine();
        return await running.IsReadyAsync() ? running : throw new InvalidOperationException("The gateway did not start.");
    }

    /// <summary>How many mails the owner's store holds.</summary>
    public long Stored()
    {
        using SqliteConnection db = SqliteConnection.Open(Path.Combine(Owner.Home.Folder, "store.db"), SqliteOpenMode.ReadWrite);
        return db.ScalarLong("SELECT count(*) FROM messages") ?? 0;
    }

    /// <summary>Returns when the owner's store holds so many mails, opened and indexed.</summary>
    public async Task AwaitStoredAsync(int mails, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stored() < mails)
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
                throw new InvalidOperationException($"Only {Stored()} of {mails} mails came.");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Returns when the gateway has fetched so many mails and has them on its disk.</summary>
    public async Task AwaitFetchedAsync(int mails, TimeSpan patience)
    {
        using var client = new HttpClient();
        long start = Stopwatch.GetTimestamp();
        while (!(await client.GetStringAsync(new Uri(url + "/metrics"))).Contains($"defms_imap_mails_fetched_total {mails}\n", StringComparison.Ordinal))
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
                throw new InvalidOperationException($"The gateway did not fetch {mails} mails.");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
        daemon.Dispose();
        Owner.Dispose();
        gateway.Dispose();
        foreach (Resident resident in new[] { Owner, gateway })
            Directory.Delete(resident.Home.Folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        string? line;
        while ((line = await process.StandardOutput.ReadLineAsync()) is not (null or "ready"))
        {
            if (line.Contains("smtp://", StringComparison.Ordinal))
                SmtpPort = int.Parse(line.AsSpan(line.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
            else
                url = line[(line.LastIndexOf(' ') + 1)..];
        }
        return line is not null;
    }

    private static long PeakOf(int process)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }
}

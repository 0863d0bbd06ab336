using System.Diagnostics;
using System.Net.Sockets;

namespace Defms.Cli.Demo.Legacy;

/// <summary>
/// A real Dovecot over the town's Maildirs: own configuration in a temporary folder, a free loopback port, one password.
/// </summary>
internal sealed class Dovecot : IAsyncDisposable
{
    public const string Password = "of-the-demonstration";

    private const int Attempts = 5;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    private readonly OldTown town;
    private readonly string folder;
    private Process? process;
    private string last = "it says nothing";

    private Dovecot(OldTown town, string version)
    {
        this.town = town;
        folder = Path.Combine(town.Folder, "dovecot");
        Name = $"Dovecot {version}";
    }

    public string Name { get; }

    /// <summary>Of IMAP, on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Null where it cannot run here; the reason then.</summary>
    public static async Task<(string? Version, string Reason)> FindAsync(CancellationToken cancel)
    {
        if (Programs.Find("dovecot") is not { } program)
            return (null, "Dovecot is not installed");
        string version = (await Programs.RunAsync(program, ["--version"], cancel)).Output.Split(' ', '\n')[0];
        return version.StartsWith("2.3.", StringComparison.Ordinal) ? (version, "")
            : (null, $"Dovecot {version} is here, and the demonstration speaks the configuration of 2.3");
    }

    /// <exception cref="DemoException">It does not start.</exception>
    public static async Task<Dovecot> StartAsync(OldTown town, string version, CancellationToken cancel)
    {
        var dovecot = new Dovecot(town, version);
        try
        {
            Directory.CreateDirectory(Path.Combine(dovecot.folder, "run"));
            // A port that was free may be taken by others before Dovecot has it.
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                if (await dovecot.TryStartAsync(cancel))
                    return dovecot;
                await dovecot.StopAsync();
            }
            throw new DemoException($"Dovecot does not start: {dovecot.last}");
        }
        catch
        {
            await dovecot.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<bool> TryStartAsync(CancellationToken cancel)
    {
        Port = OldTown.FreePort();
        string path = Path.Combine(folder, "dovecot.conf");
        await File.WriteAllTextAsync(path, await ConfigurationAsync(cancel), cancel);
        process = Programs.StartInstalled(Programs.Find("dovecot")!, "-F", "-c", path);
        foreach (Action begin in new[] { process.BeginErrorReadLine, process.BeginOutputReadLine })
            begin();
        process.ErrorDataReceived += (_, line) => last = line.Data is { Length: > 0 } text ? text : last;
        long start = Stopwatch.GetTimestamp();
        while (!process.HasExited && Stopwatch.GetElapsedTime(start) < StartTime)
        {
            try
            {
                await ImapReading.ReadAsync(Port, OldTown.People[0], cancel);
                return true;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                last = e.Message;
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancel);
            }
        }
        return false;
    }

    /// <summary>Ends it by its process id.</summary>
    private async Task StopAsync()
    {
        if (process is null)
            return;
        if (!process.HasExited)
        {
            await Programs.RunAsync("kill", ["-TERM", process.Id.ToString()], CancellationToken.None);
            using var limit = new CancellationTokenSource(StopTime);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    private async Task<string> ConfigurationAsync(CancellationToken cancel)
    {
        bool isRoot = Environment.IsPrivilegedProcess;
        string user = isRoot ? OldTown.MailUser : Environment.UserName;
        string group = (await Programs.RunAsync("id", ["-gn", user], cancel)).Output.Trim();
        string rootless = isRoot ? "" : $$"""
            default_internal_user = {{user}}
            default_login_user = {{user}}
            service anvil {
              chroot =
            }
            """;
        return $$"""
            base_dir = {{folder}}/run
            state_dir = {{folder}}/run
            log_path = {{folder}}/log
            protocols = imap
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            mail_location = maildir:~/
            mail_uid = {{user}}
            first_valid_uid = 1
            first_valid_gid = 0
            mailbox_idle_check_interval = 1 secs
            {{rootless}}
            passdb {
              driver = static
              args = password={{Password}}
            }
            userdb {
              driver = static
              args = uid={{user}} gid={{group}} home={{town.Mail}}/%n
            }
            service imap-login {
              chroot =
              inet_listener imap {
                port = {{Port}}
              }
              inet_listener imaps {
                port = 0
              }
            }
            namespace inbox {
              inbox = yes
            }

            """;
    }
}

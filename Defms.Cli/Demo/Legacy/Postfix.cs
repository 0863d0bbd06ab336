using System.Net.Sockets;

namespace Defms.Cli.Demo.Legacy;

/// <summary>A real Postfix with configuration, queue and log of its own in a temporary folder, on a free loopback port. Starts for root alone.</summary>
internal sealed class Postfix : ICorrespondentServer
{
    private const int Attempts = 5;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);

    private readonly OldTown town;
    private readonly string program;
    private readonly string folder;

    private Postfix(OldTown town, string program, string version)
    {
        (this.town, this.program) = (town, program);
        folder = Path.Combine(town.Folder, "postfix");
        Name = $"Postfix {version}";
    }

    public string Name { get; }

    public int Port { get; private set; }

    private string Config => Path.Combine(folder, "config");

    private string Routes => Path.Combine(Config, "transport");

    /// <summary>Null where it cannot run here; the reason then.</summary>
    public static (string? Program, string Reason) Find()
    {
        if (Programs.Find("postfix") is not { } program)
            return (null, "Postfix is not installed");
        return Environment.IsPrivilegedProcess ? (program, "") : (null, "Postfix starts for root alone");
    }

    /// <exception cref="DemoException">It does not start.</exception>
    public static async Task<Postfix> StartAsync(OldTown town, string program, CancellationToken cancel)
    {
        string version = (await Programs.RunAsync(Programs.Find("postconf") ?? "postconf", ["-dh", "mail_version"], cancel)).Output.Trim();
        var postfix = new Postfix(town, program, version);
        try
        {
            await postfix.ConfigureAsync(cancel);
            // A port that was free may be taken by others before Postfix has it.
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                postfix.ChoosePort();
                if (await postfix.TellAsync("start", cancel) == 0 && await postfix.IsListeningAsync(cancel))
                    return postfix;
                await postfix.TellAsync("stop", cancel);
            }
            throw new DemoException($"Postfix does not start: {postfix.LastWords()}");
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    /// <summary>It asks its tables once and keeps them, so it is told to read them again.</summary>
    public async Task RouteAsync(string domain, int port, CancellationToken cancel)
    {
        await File.AppendAllTextAsync(Routes, $"{domain} smtp:[127.0.0.1]:{port}\n", cancel);
        if (await TellAsync("reload", cancel) != 0)
            throw new DemoException($"Postfix does not read its routes: {LastWords()}");
    }

    /// <summary>Ends it by the process id in its folder.</summary>
    public async ValueTask DisposeAsync() => await TellAsync("stop", CancellationToken.None);

    private async Task ConfigureAsync(CancellationToken cancel)
    {
        foreach (string name in new[] { "config", "queue", "data" })
            Directory.CreateDirectory(Path.Combine(folder, name));
        await File.WriteAllTextAsync(Routes, "", cancel);
        await File.WriteAllLinesAsync(Path.Combine(Config, "mailboxes"), OldTown.People.Select(person => $"{person}@{OldTown.Domain} {person}/"), cancel);
        await File.WriteAllTextAsync(Path.Combine(Config, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {folder}/queue
            data_directory = {folder}/data
            maillog_file = {folder}/log
            maillog_file_prefixes = {folder}
            myhostname = mx.{OldTown.Domain}
            mydestination =
            mynetworks = 127.0.0.0/8
            inet_protocols = ipv4
            inet_interfaces = loopback-only
            alias_maps =
            alias_database =
            local_recipient_maps =
            virtual_mailbox_domains = {OldTown.Domain}
            virtual_mailbox_base = {town.Mail}
            virtual_mailbox_maps = texthash:{Config}/mailboxes
            virtual_uid_maps = static:{await IdAsync("-u", cancel)}
            virtual_gid_maps = static:{await IdAsync("-g", cancel)}
            virtual_minimum_uid = 1
            transport_maps = texthash:{Routes}
            default_transport = error:there is no way out of this demonstration
            relay_transport = error:there is no way out of this demonstration
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtpd_peername_lookup = no
            smtp_tls_security_level = may
            disable_dns_lookups = yes
            minimal_backoff_time = 1s
            queue_run_delay = 1s
            mail_owner = postfix
            setgid_group = postdrop

            """, cancel);
        (int code, string output) = await Programs.RunAsync("chown", ["postfix", Path.Combine(folder, "data")], cancel);
        if (code != 0)
            throw new DemoException($"Postfix's folder could not be given to it: {output.Trim()}");
    }

    private void ChoosePort()
    {
        Port = OldTown.FreePort();
        File.WriteAllText(Path.Combine(Config, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 1 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            smtp unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            virtual unix - n n - - virtual
            postlog unix-dgram n - n - 1 postlogd
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            proxymap unix - - n - - proxymap
            scache unix - - n - 1 scache

            """);
    }

    private async Task<bool> IsListeningAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(StartTime);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", Port, limit.Token);
            using var reader = new StreamReader(client.GetStream());
            return (await reader.ReadLineAsync(limit.Token))?.StartsWith($"220 mx.{OldTown.Domain}", StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>What it starts keeps the output open, so there is none.</summary>
    private async Task<int> TellAsync(string verb, CancellationToken cancel)
    {
        string[] arguments = ["-c", "exec \"$0\" -c \"$1\" \"$2\" >/dev/null 2>&1 </dev/null", program, Config, verb];
        return (await Programs.RunAsync("/bin/sh", arguments, cancel)).Code;
    }

    private static async Task<string> IdAsync(string which, CancellationToken cancel) => (await Programs.RunAsync("id", [which, OldTown.MailUser], cancel)).Output.Trim();

    private string LastWords()
    {
        string log = Path.Combine(folder, "log");
        return File.Exists(log) ? File.ReadLines(log).LastOrDefault() ?? "it says nothing" : "it writes no log";
    }
}

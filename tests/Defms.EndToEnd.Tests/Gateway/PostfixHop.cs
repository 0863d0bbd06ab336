using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>
/// The old world's side as it really is: a Postfix that takes mail for old.example and files that of Carol and Dave; whoever else is named it
/// takes too, and bounces later. Own configuration, queue and log in a temporary folder, a free port of this machine. Tests that need it are
/// skipped where it is not installed or the user is not root.
/// </summary>
internal sealed class PostfixHop : IAsyncDisposable
{
    public const string Domain = "old.example";
    private const string Program = "/usr/sbin/postfix";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("defms-hop-");
    private string more = "";

    private PostfixHop()
    {
    }

    public int Port { get; private set; }

    private string Config => Path.Combine(folder.FullName, "config");

    private string Log => Path.Combine(folder.FullName, "log");

    public static async Task<PostfixHop> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), "Needs Postfix (package postfix).");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root: Postfix starts for root only.");
        var hop = new PostfixHop();
        try
        {
            await hop.PrepareAsync();
            // A port that was free may be taken by others before Postfix has it.
            for (int attempt = 0; attempt < 5; attempt++)
            {
                hop.ChoosePort();
                if (await hop.PostfixAsync("start") == 0 && await hop.IsListeningAsync())
                    return hop;
                await hop.PostfixAsync("stop");
            }
            throw new InvalidOperationException("Postfix does not start: " + hop.ReadLog());
        }
        catch
        {
            await hop.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on what is for others, its own bounces too, goes to this port.</summary>
    /// <param name="aliases">Addresses of the domain and where their mail goes on to.</param>
    public async Task PassOnAsync(int port, params (string Address, string To)[] aliases)
    {
        more = $"relayhost = [127.0.0.1]:{port}\n"
            + (aliases.Length == 0 ? "" : $"virtual_alias_maps = inline:{{{string.Join(", ", aliases.Select(alias => $"{alias.Address}={alias.To}"))}}}\n");
        WriteMain();
        Assert.Equal(0, await PostfixAsync("reload"));
    }

    /// <summary>The mails that came for somebody, a character an octet, once there are so many and nothing is left in the queue.</summary>
    public async Task<IReadOnlyList<string>> MailsAsync(string local, int count)
    {
        string inbox = Path.Combine(folder.FullName, "mail", local, "new");
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(3))
        {
            string[] files = Directory.Exists(inbox) ? Directory.GetFiles(inbox) : [];
            if (files.Length >= count && await IsEmptyAsync())
                return [.. Directory.GetFiles(inbox).Select(file => File.ReadAllText(file, Encoding.Latin1))];
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
        throw new TimeoutException($"Fewer than {count} mails came for {local}. {ReadLog()}");
    }

    /// <summary>Waits until it has delivered so much and nothing is left in the queue.</summary>
    public async Task SettledAsync(int deliveries)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(3))
        {
            if (ReadLog().Split("status=sent").Length > deliveries && await IsEmptyAsync())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
        throw new TimeoutException($"Postfix did not deliver. {ReadLog()}");
    }

    public string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "";

    public async ValueTask DisposeAsync()
    {
        await PostfixAsync("stop");
        folder.Delete(recursive: true);
    }

    private async Task<bool> IsEmptyAsync() => (await RunAsync("/usr/sbin/postqueue", "-c", Config, "-p")).Output.Contains("is empty", StringComparison.Ordinal);

    private async Task PrepareAsync()
    {
        foreach (string name in new[] { "config", "queue", "data", "mail" })
            folder.CreateSubdirectory(name);
        WriteMain();
        // Postfix works under users of its own, which have to come in.
        await RunAsync("/bin/chmod", "-R", "755", folder.FullName);
        await RunAsync("/bin/chown", "postfix", Path.Combine(folder.FullName, "data"));
        await RunAsync("/bin/chown", "65534:65534", Path.Combine(folder.FullName, "mail"));
    }

    private void WriteMain() => File.WriteAllText(Path.Combine(Config, "main.cf"), $$"""
        compatibility_level = 3.6
        queue_directory = {{folder.FullName}}/queue
        data_directory = {{folder.FullName}}/data
        maillog_file = {{Log}}
        maillog_file_prefixes = {{folder.FullName}}
        myhostname = mx.{{Domain}}
        mydestination =
        mynetworks =
        alias_maps =
        alias_database =
        local_recipient_maps =
        inet_protocols = ipv4
        inet_interfaces = loopback-only
        smtp_dns_support_level = disabled
        virtual_mailbox_domains = {{Domain}}
        virtual_mailbox_base = {{folder.FullName}}/mail
        virtual_mailbox_maps = inline:{carol@{{Domain}}=carol/, dave@{{Domain}}=dave/}
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534
        virtual_minimum_uid = 1
        smtpd_reject_unlisted_recipient = no
        smtpd_relay_restrictions = reject_unauth_destination
        smtpd_tls_security_level = none
        smtputf8_enable = yes
        mail_owner = postfix
        setgid_group = postdrop
        {{more}}
        """);

    private void ChoosePort()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        string port = Port.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(Path.Combine(Config, "master.cf"), $"""
            127.0.0.1:{port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 1 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            showq unix n - n - - showq
            smtp unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            virtual unix - n n - - virtual
            postlog unix-dgram n - n - 1 postlogd
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            proxymap unix - - n - - proxymap

            """);
    }

    private async Task<bool> IsListeningAsync()
    {
        using var client = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, patience.Token);
            byte[] greeting = new byte[3];
            return await client.GetStream().ReadAtLeastAsync(greeting, 3, throwOnEndOfStream: false, patience.Token) == 3 && greeting is [(byte)'2', ..];
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The daemon keeps what it was started with open, so its output does not come through a pipe.</summary>
    private async Task<int> PostfixAsync(string verb) =>
        (await RunAsync("/bin/sh", "-c", "exec \"$0\" -c \"$1\" \"$2\" >/dev/null 2>&1 </dev/null", Program, Config, verb)).Code;

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>
/// A Postfix that takes mail for example.org on a free port of this machine and files it into a Maildir: own configuration, queue and log in a
/// temporary folder. Tests that need it are skipped where it is not installed or the user is not root.
/// </summary>
internal sealed class PostfixReceiver : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("defms-postfix-");

    private PostfixReceiver()
    {
    }

    public int Port { get; private set; }

    public X509Certificate2 Certificate { get; } = TestCertificate.For("localhost");

    private string Config => Path.Combine(folder.FullName, "config");

    private string Inbox => Path.Combine(folder.FullName, "mail", "inbox", "new");

    public static async Task<PostfixReceiver> StartAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/postfix"), "Needs Postfix (package postfix).");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root: Postfix starts for root only.");
        var postfix = new PostfixReceiver();
        try
        {
            await postfix.ConfigureAsync();
            // A port that was free may be taken by others before Postfix has it.
            for (int attempt = 0; attempt < 5; attempt++)
            {
                postfix.ChoosePort();
                (int code, _) = await postfix.PostfixAsync("start");
                if (code == 0 && await postfix.IsListeningAsync())
                    return postfix;
                await postfix.PostfixAsync("stop");
            }
            throw new InvalidOperationException("Postfix does not start: " + postfix.ReadLog());
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    public string ReadLog() => File.Exists(Path.Combine(folder.FullName, "log")) ? File.ReadAllText(Path.Combine(folder.FullName, "log")) : "";

    /// <summary>The mails that were filed, once there are at least so many and nothing is left in the queue.</summary>
    public async Task<IReadOnlyList<string>> MailsAsync(int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        while (!patience.IsCancellationRequested)
        {
            string[] files = Directory.Exists(Inbox) ? Directory.GetFiles(Inbox) : [];
            (_, string queue) = await RunAsync("/usr/sbin/postqueue", "-c", Config, "-p");
            if (files.Length >= count && queue.Contains("is empty", StringComparison.Ordinal))
                return [.. Directory.GetFiles(Inbox).Order(StringComparer.Ordinal).Select(file => File.ReadAllText(file, System.Text.Encoding.Latin1))];
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
        throw new TimeoutException($"Fewer than {count} mails came. {ReadLog()}");
    }

    public async ValueTask DisposeAsync()
    {
        await PostfixAsync("stop");
        Certificate.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task ConfigureAsync()
    {
        foreach (string name in new[] { "config", "queue", "data", "mail" })
            folder.CreateSubdirectory(name);
        await RunAsync("/bin/chmod", "-R", "755", folder.FullName);
        using ECDsa key = Certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(Path.Combine(folder.FullName, "tls.pem"), key.ExportPkcs8PrivateKeyPem() + "\n" + Certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(Config, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {folder.FullName}/queue
            data_directory = {folder.FullName}/data
            maillog_file = {folder.FullName}/log
            maillog_file_prefixes = {folder.FullName}
            myhostname = mx.example.org
            mydestination =
            mynetworks =
            alias_maps =
            alias_database =
            local_recipient_maps =
            inet_protocols = ipv4
            inet_interfaces = loopback-only
            virtual_mailbox_domains = example.org
            virtual_mailbox_base = {folder.FullName}/mail
            virtual_mailbox_maps = static:inbox/
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            virtual_minimum_uid = 1
            smtpd_relay_restrictions = reject_unauth_destination
            smtpd_tls_security_level = may
            smtpd_tls_chain_files = {folder.FullName}/tls.pem
            smtpd_client_connection_rate_limit = 0
            message_size_limit = 1000000
            mailbox_size_limit = 0
            virtual_mailbox_limit = 0
            smtputf8_enable = yes
            mail_owner = postfix
            setgid_group = postdrop

            """);
        await RunAsync("/bin/chown", "postfix", Path.Combine(folder.FullName, "data"));
        await RunAsync("/bin/chown", "65534:65534", Path.Combine(folder.FullName, "mail"));
    }

    private void ChoosePort()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        File.WriteAllText(Path.Combine(Config, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 1 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            showq unix n - n - - showq
            error unix - - n - - error
            retry unix - - n - - error
            virtual unix - n n - - virtual
            postlog unix-dgram n - n - 1 postlogd
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
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
    private Task<(int Code, string Output)> PostfixAsync(string verb) =>
        RunAsync("/bin/sh", "-c", "exec /usr/sbin/postfix -c \"$0\" \"$1\" >/dev/null 2>&1 </dev/null", Config, verb);

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>
/// A Dovecot of its own: configuration and mail in a temporary folder, free loopback ports, a certificate made for it. Any user may log in with
/// the password <c>pw</c> and has an own Maildir (names in lower case). Free of any test library, so that the benchmarks use it too.
/// </summary>
internal sealed class DovecotServer : IAsyncDisposable
{
    public const string Password = "pw";

    private const string WhatIsMissing = "needs Dovecot 2.3 (package dovecot-imapd)";

    /// <summary>Who owns the mail where the tests run as root, whose own mail Dovecot does not touch.</summary>
    private const string MailUser = "nobody";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("defms-dovecot-").FullName;
    private readonly string mechanisms;
    private int sequence;
    private Process? process;

    private DovecotServer(string mechanisms) => this.mechanisms = mechanisms;

    public int Port { get; private set; }

    public int TlsPort { get; private set; }

    public string Fingerprint { get; private set; } = "";

    /// <summary>Starts one, or says why there is none here.</summary>
    public static async Task<(DovecotServer? Server, string Reason)> StartAsync(string mechanisms = "plain login scram-sha-256")
    {
        if (OperatingSystem.IsWindows() || !(await VersionAsync()).StartsWith("2.3.", StringComparison.Ordinal))
            return (null, WhatIsMissing);
        var server = new DovecotServer(mechanisms);
        try
        {
            await server.StartAsync();
            return (server, "");
        }
        catch (InvalidOperationException e)
        {
            await server.DisposeAsync();
            return (null, $"{WhatIsMissing} that may run here: {e.Message}");
        }
    }

    /// <summary>The Maildir of a user or of one of its folders.</summary>
    public string Maildir(string user, string name = "INBOX")
    {
        string path = Path.Combine(folder, "mail", user, name == "INBOX" ? "" : "." + name);
        foreach (string part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(path, part));
        return path;
    }

    /// <summary>Puts mails into a folder as another program would that delivers them.</summary>
    /// <param name="mails">With LF as line end.</param>
    public async Task PutAsync(string user, IEnumerable<byte[]> mails, string name = "INBOX", string flags = "")
    {
        string maildir = Maildir(user, name);
        foreach (byte[] mail in mails)
            await File.WriteAllBytesAsync(Path.Combine(maildir, "cur", $"1700000000.{sequence++:0000000}.test:2,{flags}"), mail);
        await OwnAsync();
    }

    /// <summary>Makes the server's mail user the owner of what was put there.</summary>
    public async Task OwnAsync()
    {
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "-R", MailUser, Path.Combine(folder, "mail"));
    }

    /// <summary>Changes mail over a connection of its own, as another program of the person's would.</summary>
    public async Task SayAsync(string user, params string[] commands)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using var reader = new StreamReader(client.GetStream());
        await reader.ReadLineAsync();
        foreach (string command in commands.Prepend($"LOGIN {user} {Password}"))
        {
            await client.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes($"x {command}\r\n"));
            string line;
            do
            {
                line = await reader.ReadLineAsync() ?? throw new InvalidOperationException($"Dovecot closed the connection at {command}.");
            }
            while (!line.StartsWith("x ", StringComparison.Ordinal));
            if (!line.StartsWith("x OK", StringComparison.Ordinal))
                throw new InvalidOperationException($"{command}: {line}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            await RunAsync("kill", process.Id.ToString());
            if (!process.WaitForExit(TimeSpan.FromSeconds(20)))
                process.Kill(entireProcessTree: true);
        }
        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> VersionAsync()
    {
        try
        {
            return await RunAsync("dovecot", "--version");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        return output;
    }

    /// <summary>Two ports that were free a moment ago.</summary>
    private static (int, int) FreePorts()
    {
        using var one = new TcpListener(IPAddress.Loopback, 0);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        one.Start();
        other.Start();
        return (((IPEndPoint)one.LocalEndpoint).Port, ((IPEndPoint)other.LocalEndpoint).Port);
    }

    private async Task StartAsync()
    {
        foreach (string part in new[] { "mail", "run" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            await OwnAsync();
        }
        await MakeCertificateAsync();
        // Somebody else may take a port between the look and the start.
        for (int attempt = 0; attempt < 3; attempt++)
        {
            (Port, TlsPort) = FreePorts();
            await File.WriteAllTextAsync(Path.Combine(folder, "dovecot.conf"), Configuration());
            if (await TryStartAsync())
                return;
        }
        string log = Path.Combine(folder, "log");
        throw new InvalidOperationException(File.Exists(log) ? File.ReadLines(log).FirstOrDefault() ?? "it did not answer" : "it did not start");
    }

    private async Task<bool> TryStartAsync()
    {
        process = Process.Start(new ProcessStartInfo("dovecot", ["-F", "-c", Path.Combine(folder, "dovecot.conf")]) { RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        long start = Stopwatch.GetTimestamp();
        while (!process.HasExited && Stopwatch.GetElapsedTime(start) < StartLimit)
        {
            try
            {
                await SayAsync("probe");
                return true;
            }
            catch (Exception e) when (e is SocketException or IOException or InvalidOperationException)
            {
                await Task.Delay(20);
            }
        }
        return false;
    }

    private async Task MakeCertificateAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await File.WriteAllTextAsync(Path.Combine(folder, "cert.pem"), made.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        Fingerprint = Convert.ToHexString(SHA256.HashData(made.RawData));
    }

    private string Configuration()
    {
        string user = Environment.IsPrivilegedProcess ? MailUser : Environment.UserName;
        string rootless = Environment.IsPrivilegedProcess ? "" : $$"""
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
            ssl = yes
            ssl_cert = <{{folder}}/cert.pem
            ssl_key = <{{folder}}/key.pem
            disable_plaintext_auth = no
            auth_mechanisms = {{mechanisms}}
            mail_location = maildir:~/
            mail_uid = {{user}}
            first_valid_uid = 1
            first_valid_gid = 0
            mail_max_userip_connections = 100
            mailbox_idle_check_interval = 1 secs
            {{rootless}}
            passdb {
              driver = static
              args = password={{Password}}
            }
            userdb {
              driver = static
              args = uid={{user}} gid={{(Environment.IsPrivilegedProcess ? "nogroup" : GroupOf())}} home={{folder}}/mail/%n
            }
            service imap-login {
              chroot =
              inet_listener imap {
                port = {{Port}}
              }
              inet_listener imaps {
                port = {{TlsPort}}
                ssl = yes
              }
            }
            namespace inbox {
              inbox = yes
              separator = /
              mailbox Sent {
                special_use = \Sent
              }
              mailbox Junk {
                special_use = \Junk
              }
            }

            """;
    }

    private static string GroupOf()
    {
        using Process run = Process.Start(new ProcessStartInfo("id", ["-gn"]) { RedirectStandardOutput = true })!;
        return run.StandardOutput.ReadToEnd().Trim();
    }
}

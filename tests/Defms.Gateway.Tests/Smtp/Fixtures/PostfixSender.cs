namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>
/// A Postfix that only sends, everything to one port of this machine: its own configuration, queue and log in a temporary folder, and no
/// port of its own.
/// </summary>
internal sealed class PostfixSender : IAsyncDisposable
{
    private const UnixFileMode Public =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo folder;
    private readonly string program;

    private PostfixSender(string program, DirectoryInfo folder)
    {
        this.program = program;
        this.folder = folder;
    }

    private string Config => Path.Combine(folder.FullName, "config");

    private string Log => Path.Combine(folder.FullName, "log");

    public static async Task<PostfixSender> StartAsync(int port, string tls)
    {
        string program = Programs.Find("postfix");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Postfix starts for root only.");
        var postfix = new PostfixSender(program, Directory.CreateTempSubdirectory("defms-postfix-"));
        Open(postfix.folder);
        postfix.WriteConfig(port, tls);
        (int code, string output) = await postfix.RunAsync("start");
        if (code == 0)
            return postfix;
        string log = postfix.ReadLog();
        await postfix.DisposeAsync();
        throw new InvalidOperationException($"Postfix does not start: {output} {log}");
    }

    /// <summary>Hands a mail to its queue.</summary>
    public async Task SendAsync(string mail, params string[] arguments)
    {
        (int code, string output) = await Programs.RunAsync(Programs.Find("sendmail"), ["-C", Config, "-i", .. arguments], mail);
        Assert.True(code == 0, output + ReadLog());
    }

    public string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "";

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop");
        folder.Delete(recursive: true);
    }

    /// <summary>Its output goes to a file: the daemon keeps it open for as long as it runs.</summary>
    private async Task<(int ExitCode, string Output)> RunAsync(string verb)
    {
        string file = Path.Combine(folder.FullName, "output");
        (int code, _) = await Programs.RunAsync("/bin/sh", ["-c", "exec \"$0\" -c \"$1\" \"$2\" >\"$3\" 2>&1 </dev/null", program, Config, verb, file]);
        return (code, await File.ReadAllTextAsync(file));
    }

    /// <summary>Postfix works under a user of its own, which has to come in.</summary>
    private static void Open(DirectoryInfo folder)
    {
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = Public;
    }

    private void WriteConfig(int port, string tls)
    {
        foreach (string name in new[] { "config", "queue", "data" })
            Open(folder.CreateSubdirectory(name));
        File.WriteAllText(Path.Combine(Config, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {folder.FullName}/queue
            data_directory = {folder.FullName}/data
            maillog_file = {Log}
            maillog_file_prefixes = {folder.FullName}
            myhostname = sender.example
            mydestination =
            alias_maps =
            alias_database =
            inet_interfaces = loopback-only
            inet_protocols = ipv4
            relayhost = [127.0.0.1]:{port}
            smtp_tls_security_level = {tls}
            smtp_dns_support_level = disabled
            smtputf8_enable = yes
            mail_owner = postfix
            setgid_group = postdrop

            """);
        File.WriteAllText(Path.Combine(Config, "master.cf"), """
            pickup unix n - n 1 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 1 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            smtp unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            postlog unix-dgram n - n - 1 postlogd
            tlsmgr unix - - n 1000? 1 tlsmgr
            scache unix - - n - 1 scache
            anvil unix - - n - 1 anvil

            """);
        // Postfix wants its data in the hands of its own user.
        Assert.Equal(0, Programs.RunAsync("/bin/sh", ["-c", "chown postfix \"$0\"", Path.Combine(folder.FullName, "data")]).GetAwaiter().GetResult().ExitCode);
    }
}

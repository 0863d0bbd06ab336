using System.Net;
using System.Net.Sockets;

namespace Defms.Benchmarks;

/// <summary>
/// Postfix that takes mail into its queue and leaves it there, by the scripts of ../shared/bench (or in DEFMS_SHARED): what an ordinary server does before it says 250.
/// </summary>
internal sealed class PostfixQueue : IDisposable
{
    public const string Recipient = "lmtp@perf.example";

    private readonly string script;
    private readonly string folder;

    private PostfixQueue(string script, string folder, int port) => (this.script, this.folder, Port) = (script, folder, port);

    public int Port { get; }

    /// <summary>Null where it cannot run; why then.</summary>
    public static (PostfixQueue? Server, string Reason) TryStart(Bench bench)
    {
        string shared = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(Programs.Repository, "..", "shared");
        string script = Path.Combine(shared, "bench", "postfix.sh");
        if (!File.Exists(script))
            return (null, "the folder bench with postfix.sh is not here; name the folder above it in DEFMS_SHARED");
        if (!File.Exists("/usr/sbin/postfix") || !Environment.IsPrivilegedProcess)
            return (null, "Postfix is not installed, or may not start: that needs root");
        // Its processes run as a user of their own, which has to come in.
        Tool.Run("chmod", ["711", bench.Folder]);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var server = new PostfixQueue(script, Path.Combine(bench.Folder, "postfix"), port);
        server.Tell("start", "hold");
        return (server, "");
    }

    public void Dispose() => Tell("stop");

    /// <summary>What it starts keeps the output open, so there is none.</summary>
    private void Tell(params string[] words) => Tool.Run(
        "sh", ["-c", "exec bash \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", script, .. words], ("PF", folder), ("DV", folder + "-mail"), ("SPORT", $"{Port}"));
}

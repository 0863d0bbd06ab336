using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.Abuse.Tests.Attacks;

/// <summary>Servers that an account was entered for in good faith: each port has another way of answering a client that only wants its mail.</summary>
internal sealed class HostileImapServer : IAsyncDisposable
{
    /// <summary>What is sent over and over once a client is connected.</summary>
    private static readonly string[] Floods =
    [
        "x",
        "* OK hello\r\n* 1 EXISTS\r\n",
        "* LIST () \"/\" {4294967295}\r\n" + new string('x', 4096),
        "* OK x\r\n* 1 FETCH " + new string('(', 4096),
        "* OK x\r\n* 1 FETCH (UID 1 BODY[] {4294967295}\r\n" + new string('x', 4096),
        "* OK [CAPABILITY IMAP4rev1 " + new string('y', 4096),
        "",
    ];

    private readonly List<TcpListener> listeners = [];
    private readonly CancellationTokenSource end = new();
    private readonly List<Task> loops = [];
    private int connections;

    public HostileImapServer()
    {
        foreach (string flood in Floods)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            listeners.Add(listener);
            loops.Add(ServeAsync(listener, Encoding.Latin1.GetBytes(flood)));
        }
    }

    public static int Ways => Floods.Length;

    public IReadOnlyList<int> Ports => [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];

    public int Connections => Volatile.Read(ref connections);

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await Task.WhenAll(loops);
        listeners.ForEach(listener => listener.Dispose());
        end.Dispose();
    }

    private async Task ServeAsync(TcpListener listener, byte[] flood)
    {
        var talks = new List<Task>();
        try
        {
            while (true)
                talks.Add(FloodAsync(await listener.AcceptTcpClientAsync(end.Token), flood));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task FloodAsync(TcpClient client, byte[] flood)
    {
        Interlocked.Increment(ref connections);
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (flood.Length == 0)
                    await Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
                while (true)
                    await stream.WriteAsync(flood, end.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client had enough.
            }
        }
    }
}

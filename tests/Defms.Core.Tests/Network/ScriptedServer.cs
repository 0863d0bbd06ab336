using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.Core.Tests.Network;

/// <summary>A server that reads whole requests, one a connection, and answers with the very bytes it was given.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Func<NetworkStream, string, CancellationToken, Task> answer;
    private readonly Task loop;

    private ScriptedServer(Func<NetworkStream, string, CancellationToken, Task> answer)
    {
        this.answer = answer;
        listener.Start();
        loop = RunAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public Uri Url => new($"http://127.0.0.1:{Port}");

    /// <summary>First lines of the requests so far.</summary>
    public List<string> Requests { get; } = [];

    public static ScriptedServer Answering(string head, byte[]? body = null) => new(async (stream, _, cancel) =>
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.ReplaceLineEndings("\r\n") + "\r\n\r\n"), cancel);
        await stream.WriteAsync(body ?? [], cancel);
    });

    /// <param name="answer">Gets the connection and the request's head.</param>
    public static ScriptedServer Answering(Func<NetworkStream, string, CancellationToken, Task> answer) => new(answer);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await loop;
        listener.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                string head = await ReadRequestAsync(stream);
                lock (Requests)
                    Requests.Add(head.Split("\r\n")[0]);
                await answer(stream, head, stopping.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client has left, or the test is over.
            }
        }
    }

    /// <summary>The head; a body with a length or in chunks is read and passed over.</summary>
    private async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        byte[] buffer = new byte[64 * 1024];
        int end;
        while ((end = Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
            await ReadMoreAsync(stream, buffer, bytes);
        string head = Encoding.Latin1.GetString([.. bytes[..end]]);
        if (head.Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (!Encoding.Latin1.GetString([.. bytes.TakeLast(5)]).Equals("0\r\n\r\n", StringComparison.Ordinal))
                await ReadMoreAsync(stream, buffer, bytes);
        }
        else if (head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } field)
        {
            while (bytes.Count < end + 4 + int.Parse(field.Split(':')[1]))
                await ReadMoreAsync(stream, buffer, bytes);
        }
        return head;
    }

    private async Task ReadMoreAsync(NetworkStream stream, byte[] buffer, List<byte> bytes)
    {
        int read = await stream.ReadAsync(buffer, stopping.Token);
        if (read == 0)
            throw new IOException("The client left.");
        bytes.AddRange(buffer[..read]);
    }
}

using System.Net;
using System.Net.Sockets;

namespace Defms.EndToEnd.Tests.Privacy;

/// <summary>A port before another port, which keeps every octet that passes, both ways.</summary>
internal sealed class Wiretap : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly MemoryStream heard = new();
    private readonly Lock gate = new();
    private readonly List<Task> calls = [];
    private readonly Task serving;

    public Wiretap()
    {
        listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        serving = ServeAsync();
    }

    public string Url { get; }

    /// <summary>Where it leads; set before anybody calls.</summary>
    public Uri? Target { get; set; }

    public byte[] Heard
    {
        get
        {
            lock (gate)
                return heard.ToArray();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await serving;
        await Task.WhenAll(calls);
        stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                calls.Add(CarryAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(TcpClient caller)
    {
        using (caller)
        using (var called = new TcpClient())
        {
            try
            {
                await called.ConnectAsync(IPAddress.Loopback, Target!.Port, stopping.Token);
                Task there = PumpAsync(caller.GetStream(), called.GetStream());
                await Task.WhenAny(there, PumpAsync(called.GetStream(), caller.GetStream()));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // Either side went away.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (int read = await from.ReadAsync(buffer, stopping.Token); read > 0; read = await from.ReadAsync(buffer, stopping.Token))
            {
                lock (gate)
                    heard.Write(buffer.AsSpan(0, read));
                await to.WriteAsync(buffer.AsMemory(0, read), stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Either side went away.
        }
    }
}

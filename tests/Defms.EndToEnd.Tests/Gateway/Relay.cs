using System.Net;
using System.Net.Sockets;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>
/// Stands on a port of its own before another port that may change, and counts the octets that pass, so that a test can strike after so many.
/// While there is nobody behind it, it hangs up.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> pairs = [];
    private readonly Task serving;
    private Action strike = () => { };
    private long left = long.MaxValue;

    public Relay()
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        serving = ServeAsync();
    }

    public int Port { get; }

    /// <summary>Where it leads.</summary>
    public int Target { get; set; }

    /// <summary>Does something once when so many more octets have passed, both ways counted.</summary>
    public void StrikeAfter(long octets, Action action)
    {
        strike = action;
        Interlocked.Exchange(ref left, octets);
    }

    /// <summary>The same; what the action gives once it was done.</summary>
    public async Task<T> StrikeAfterAsync<T>(long octets, Func<Task<T>> action)
    {
        var struck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        StrikeAfter(octets, struck.SetResult);
        await struck.Task;
        return await action();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await serving;
        await Task.WhenAll(pairs);
        stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                pairs.Add(PassAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was told to end.
        }
    }

    private async Task PassAsync(TcpClient near)
    {
        using TcpClient client = near;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, Target, stopping.Token);
            await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Nobody is there.
        }
    }

    /// <summary>Ends when either side does; then both are closed.</summary>
    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        byte[] octets = new byte[8192];
        try
        {
            for (int count; (count = await from.ReadAsync(octets, stopping.Token)) > 0;)
            {
                Count(count);
                await to.WriteAsync(octets.AsMemory(0, count), stopping.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of them is gone.
        }
    }

    private void Count(int octets)
    {
        long after = Interlocked.Add(ref left, -octets);
        if (after <= 0 && after + octets > 0)
            strike();
    }
}

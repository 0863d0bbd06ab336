using System.Net;
using System.Net.Sockets;

namespace Defms.Gateway.Delivery.Routes;

/// <summary>Opens a connection to one address.</summary>
internal interface IDialer
{
    /// <exception cref="SocketException">There is none.</exception>
    ValueTask<Stream> ConnectAsync(IPEndPoint target, CancellationToken cancel);
}

/// <summary>Connections of TCP.</summary>
internal sealed class TcpDialer : IDialer
{
    public async ValueTask<Stream> ConnectAsync(IPEndPoint target, CancellationToken cancel)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

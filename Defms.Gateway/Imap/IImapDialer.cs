using System.Net.Sockets;

namespace Defms.Gateway.Imap;

/// <summary>Opens connections to servers, before any TLS.</summary>
public interface IImapDialer
{
    /// <exception cref="IOException">The server cannot be reached.</exception>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel);
}

/// <summary>Dials over TCP, to whatever address the name has: the person entered it.</summary>
public sealed class TcpDialer : IImapDialer
{
    /// <summary>Holds what a server sends while a batch of mails is being stored.</summary>
    private const int ReceiveBuffer = 512 * 1024;

    public async ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = ReceiveBuffer };
        try
        {
            await socket.ConnectAsync(host, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>A client at a socket that says a line and hears a reply; it trusts the certificate that the server made for itself.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
    private Stream stream;
    private StreamReader reader;

    private TestClient(Stream stream)
    {
        this.stream = stream;
        reader = new StreamReader(stream, Encoding.UTF8);
    }

    public static async Task<TestClient> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new TestClient(new NetworkStream(socket, ownsSocket: true));
    }

    public async Task EncryptAsync()
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, shown, _, _) => shown?.Subject == "CN=mx.example.org");
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mx.example.org" }, patience.Token);
        stream = tls;
        reader = new StreamReader(tls, Encoding.UTF8);
    }

    public async Task SendAsync(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), patience.Token);

    /// <summary>The last line of the next reply; empty when the server has closed.</summary>
    public async Task<string> HearAsync()
    {
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length < 4 || line[3] != '-')
                return line;
        }
        return "";
    }

    public async Task<string> SayAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await HearAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        patience.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Network;

namespace Defms.Daemon.Tests.Fixtures;

/// <summary>Sends whatever bytes a test wants, from an address of its choice.</summary>
internal sealed class RawClient(Uri server, string from = "127.0.0.1") : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancel) => await ConnectAsync(server, from, cancel),
    });

    public async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, byte[] body, string type, string? signed = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (signed is not null)
            request.Headers.TryAddWithoutValidation("Defms-Request", signed);
        using HttpResponseMessage response = await http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task<(HttpStatusCode Status, string Text)> AnnounceAsync(byte[] car) => PostAsync(PeerProtocol.AnnouncementsPath, car, PeerProtocol.CarType);

    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri(server, path));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Writes bytes on a connection of its own and returns all that comes back until it is closed.</summary>
    public async Task<string> TalkAsync(string text)
    {
        await using NetworkStream stream = await ConnectAsync(server, from, CancellationToken.None);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer);
        }
        catch (IOException)
        {
            // Closed with a reset: what was said before counts.
        }
        return Encoding.Latin1.GetString(answer.ToArray());
    }

    public static async Task<byte[]> PackAsync(IReadOnlyList<Cid> roots, IEnumerable<Block> blocks)
    {
        var stream = new MemoryStream();
        CarWriter car = await CarWriter.CreateAsync(stream, roots);
        foreach (Block block in blocks)
            await car.WriteAsync(block);
        return stream.ToArray();
    }

    public void Dispose() => http.Dispose();

    private static async Task<NetworkStream> ConnectAsync(Uri server, string from, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }
}

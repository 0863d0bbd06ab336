using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>The old world's side: a server that takes every mail, but refuses recipients called nobody.</summary>
internal sealed class NextHop : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<(string[] Envelope, string Octets)> mails = [];
    private readonly Task serving;

    public NextHop()
    {
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Envelope commands and the octets, a character each.</summary>
    public IReadOnlyCollection<(string[] Envelope, string Octets)> Mails => mails;

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await ServeAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It was told to end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            await TalkAsync(client.GetStream());
        }
        catch (IOException)
        {
            // The other side broke off.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        List<string> envelope = [];
        await SayAsync(stream, "220 old.example ESMTP");
        while (await reader.ReadLineAsync() is { } line)
        {
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            if (verb is "MAIL" or "RCPT")
                envelope.Add(line);
            await SayAsync(stream, verb switch
            {
                "RCPT" when line.Contains("nobody", StringComparison.Ordinal) => "550 5.1.1 No such person",
                "DATA" => "354 Go on",
                "QUIT" => "221 Bye",
                _ => "250 OK",
            });
            if (verb == "QUIT")
                return;
            if (verb != "DATA")
                continue;
            if (await ReadAsync(reader) is not { } octets)
                return;
            mails.Enqueue(([.. envelope], octets));
            envelope = [];
            await SayAsync(stream, "250 2.0.0 Queued as 4F2A");
        }
    }

    /// <summary>Null when the mail breaks off.</summary>
    private static async Task<string?> ReadAsync(StreamReader reader)
    {
        var octets = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line == ".")
                return octets.ToString();
            octets.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }
        return null;
    }

    private static ValueTask SayAsync(NetworkStream stream, string reply) => stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"));
}

using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Defms.Core;

namespace Defms.Gateway.Dns;

/// <summary>
/// One question to one server: by UDP from a socket of its own, whose port the system picks, and by TCP when the answer was truncated or came
/// back with the letter case of its question changed (a server that folds case, or a forger; over TCP neither matters).
/// </summary>
internal sealed class DnsExchange(RandomSource random)
{
    /// <summary>Wrong datagrams looked at before giving up: more than stray late answers explain is somebody guessing.</summary>
    private const int MaxStrays = 16;

    /// <summary>We announce no larger size (no EDNS0), so 512 octets are what a server may send (RFC 1035, 4.2.1); some send more.</summary>
    private const int DatagramLength = 4096;

    /// <summary>The server's reply, or null when it gave none that can be used. Throws only when cancelled.</summary>
    public async Task<DnsReply?> AskAsync(IPEndPoint server, DnsQuestion question, CancellationToken cancellation)
    {
        DnsQuery query = DnsQuery.Create(question, random);
        try
        {
            DnsResponse? response = await ByDatagramAsync(server, query, cancellation);
            if (response is { IsTruncated: true })
                response = await ByStreamAsync(server, query, cancellation);
            return response?.Reply(question);
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            return null;
        }
    }

    private static async Task<DnsResponse?> ByDatagramAsync(IPEndPoint server, DnsQuery query, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(query.Octets, cancellation);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DatagramLength);
        try
        {
            for (int stray = 0; stray <= MaxStrays; stray++)
            {
                int length = await socket.ReceiveAsync(buffer, cancellation);
                if (DnsResponse.TryRead(buffer.AsSpan(0, length), query, anyCase: false, out DnsResponse response))
                    return response;
                if (DnsResponse.TryRead(buffer.AsSpan(0, length), query, anyCase: true, out _))
                    return await ByStreamAsync(server, query, cancellation);
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<DnsResponse?> ByStreamAsync(IPEndPoint server, DnsQuery query, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket);
        byte[] framed = new byte[2 + query.Octets.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Octets.Length);
        query.Octets.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellation);
        byte[] length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellation);
        byte[] message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message, cancellation);
        return DnsResponse.TryRead(message, query, anyCase: true, out DnsResponse response) && !response.IsTruncated ? response : null;
    }
}

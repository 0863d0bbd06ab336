using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Defms.Gateway.Tests.Dns;

/// <summary>A DNS server on a free loopback port, UDP and TCP, that answers what the test's function returns; null means silence.</summary>
internal sealed class LoopbackDns : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket listener;
    private readonly Func<byte[], bool, IEnumerable<byte[]>> answer;
    private readonly Task[] work;

    private LoopbackDns(Socket listener, Func<byte[], bool, IEnumerable<byte[]>> answer)
    {
        this.listener = listener;
        this.answer = answer;
        datagrams.Bind(listener.LocalEndPoint!);
        listener.Listen();
        work = [ServeDatagramsAsync(), ServeStreamsAsync()];
    }

    public IPEndPoint Address => (IPEndPoint)listener.LocalEndPoint!;

    /// <summary>Every query in order, and whether it came by TCP.</summary>
    public ConcurrentQueue<(byte[] Query, bool Stream)> Queries { get; } = [];

    /// <param name="answer">From the query and whether it came by TCP, what to send in return; by TCP only the first counts.</param>
    public static LoopbackDns Start(Func<byte[], bool, IEnumerable<byte[]>> answer)
    {
        // The same number must be free for both protocols; the system gives one for TCP, and UDP nearly always has it.
        for (int tries = 0; ; tries++)
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            try
            {
                return new LoopbackDns(listener, answer);
            }
            catch (SocketException) when (tries < 20)
            {
                listener.Dispose();
            }
        }
    }

    public static LoopbackDns Start(Func<byte[], byte[]> answer) => Start((query, _) => [answer(query)]);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(work);
        datagrams.Dispose();
        listener.Dispose();
        stopping.Dispose();
    }

    private async Task ServeDatagramsAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                SocketReceiveFromResult got = await datagrams.ReceiveFromAsync(
                    buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), stopping.Token);
                byte[] query = buffer[..got.ReceivedBytes];
                Queries.Enqueue((query, false));
                foreach (byte[] octets in answer(query, false))
                    await datagrams.SendToAsync(octets, SocketFlags.None, got.RemoteEndPoint, stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeStreamsAsync()
    {
        try
        {
            while (true)
            {
                using Socket socket = await listener.AcceptAsync(stopping.Token);
                await AnswerAsync(socket);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        byte[] length = new byte[2];
        await stream.ReadExactlyAsync(length, stopping.Token);
        byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(query, stopping.Token);
        Queries.Enqueue((query, true));
        if (answer(query, true).FirstOrDefault() is not { } octets)
            return;
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)octets.Length);
        await stream.WriteAsync(length, stopping.Token);
        await stream.WriteAsync(octets, stopping.Token);
    }
}

using System.Net.Sockets;
using Defms.Gateway.Smtp;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>Runs alone: it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    public async Task A_waiting_connection_costs_little()
    {
        const int Count = 400;
        await using RunningServer server = await RunningServer.StartAsync(new SmtpLimits { ConnectionsPerAddress = Count });
        var sockets = new List<Socket>();
        try
        {
            await OpenAsync(server, sockets, Count / 2);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            await OpenAsync(server, sockets, Count / 2);
            long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (Count / 2);
            TestContext.Current.SendDiagnosticMessage($"{each} bytes a waiting connection");
            Assert.InRange(each, 0, 16 * 1024);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>Says something on each, so that all that a session needs exists, and stays.</summary>
    private static async Task OpenAsync(RunningServer server, List<Socket> sockets, int count)
    {
        byte[] heard = new byte[1024];
        for (int i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync("127.0.0.1", server.ExchangePort);
            Assert.NotEqual(0, await socket.ReceiveAsync(heard));
            await socket.SendAsync("EHLO x\r\n"u8.ToArray());
            Assert.NotEqual(0, await socket.ReceiveAsync(heard));
        }
    }
}

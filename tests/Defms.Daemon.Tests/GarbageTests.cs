using System.Net;
using System.Net.Sockets;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Daemon.Tests.Fixtures;
using Defms.Serving;

namespace Defms.Daemon.Tests;

/// <summary>Runs alone: it measures the memory of this process, where other tests keep theirs.</summary>
[Collection(nameof(AloneCollection))]
public sealed class GarbageTests
{
    private const int Requests = 5000;
    private const int AtOnce = 16;

    [Fact]
    public async Task Thousands_of_garbage_requests_leave_memory_bounded_and_an_honest_client_served()
    {
        await using Couple couple = await Couple.MeetAsync();
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using var garbage = new RawClient(couple.Bob.Url, from: "127.66.6.6");
        await FloodAsync(garbage, seed, 200);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Task<IReadOnlyDictionary<HttpStatusCode, int>> flood = FloodAsync(garbage, seed + 1, Requests);
        Posted sent = couple.Alice.Send("In between", couple.Bob);
        SyncReport report = await couple.Alice.DeliverAsync();
        Assert.Empty(report.Failed);
        Assert.Equal(DeliveryState.Stored, couple.Alice.DeliveryTo(sent.Message, couple.Bob).State);
        IReadOnlyDictionary<HttpStatusCode, int> statuses = await flood;
        Assert.Equal(Requests, statuses.Values.Sum());
        Assert.DoesNotContain(HttpStatusCode.OK, statuses.Keys);
        Assert.DoesNotContain(HttpStatusCode.InternalServerError, statuses.Keys);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses.Keys);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(grown, long.MinValue, 8 * 1024 * 1024);
        Assert.Equal(0, couple.Bob.Store.Read(tables => tables.Quarantine.Bytes()));
    }

    [Fact]
    public async Task A_network_has_only_so_many_connections()
    {
        await using Person bob = await Person.ReachableAsync("Bob");
        List<TcpClient> sockets = [.. Enumerable.Range(0, ServerLimits.MaxConnectionsPerNetwork + 1).Select(_ => new TcpClient(new IPEndPoint(IPAddress.Parse("127.77.7.7"), 0)))];
        try
        {
            List<Task> closed = [.. sockets.Select(socket => ClosedAsync(socket, bob.Url.Port))];
            await Task.WhenAny(closed);
            Assert.Equal(1, closed.Count(end => end.IsCompleted));
            using var honest = new RawClient(bob.Url, from: "127.0.0.1");
            Assert.Equal(HttpStatusCode.OK, (await honest.GetAsync("/health")).Status);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>Ends when the server closes the connection, in whatever way.</summary>
    private static async Task ClosedAsync(TcpClient socket, int port)
    {
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            Assert.Equal(0, await socket.GetStream().ReadAsync(new byte[1]));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Reset, which closes it too.
        }
    }

    private static async Task<IReadOnlyDictionary<HttpStatusCode, int>> FloodAsync(RawClient client, int seed, int requests)
    {
        var statuses = new Dictionary<HttpStatusCode, int>();
        await Parallel.ForAsync(0, requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            // Seeded, and the seed is printed.
#pragma warning disable RS0030
            var random = new Random(seed + i);
#pragma warning restore RS0030
            byte[] body = new byte[random.Next(2000)];
            random.NextBytes(body);
            string[] paths = [PeerProtocol.AnnouncementsPath, PeerProtocol.ReceiptsPath, PeerProtocol.SyncPath, PeerProtocol.BlocksPath, "/", "/defms/v1/other"];
            (HttpStatusCode status, string _) = await client.PostAsync(paths[i % paths.Length], body, i % 2 == 0 ? PeerProtocol.CarType : PeerProtocol.DagCborType);
            lock (statuses)
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
        });
        return statuses;
    }
}

/// <summary>Tests that no other runs beside.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

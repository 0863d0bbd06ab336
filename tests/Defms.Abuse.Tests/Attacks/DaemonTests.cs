using System.Net.Sockets;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.EndToEnd.Tests.Cli;
using CarContent = Defms.Core.Tests.Fixtures.CarContent;

namespace Defms.Abuse.Tests.Attacks;

/// <summary>A real daemon with 256 MiB, and somebody who may write to its owner.</summary>
public sealed class BesiegedDaemon : IAsyncLifetime
{
    private readonly Correspondent honest = new();
    private Person owner = null!;
    private Daemon daemon = null!;

    public int Id => daemon.Id;

    public int Port => new Uri(daemon.Url).Port;

    public async ValueTask InitializeAsync()
    {
        Scale.LimitPrograms();
        owner = await Person.MakeAsync("Bob", "bob@b.example");
        (await owner.RunAsync("contact", "add", honest.Card)).Expect(0);
        daemon = await Daemon.StartAsync(owner);
        honest.Know((await owner.RunAsync("card")).Expect(0).Text.Trim());
    }

    /// <summary>Delivers a mail; it counts when it is stored.</summary>
    public Task DeliverAsync() => honest.SendAsync(owner.Address);

    public async ValueTask DisposeAsync()
    {
        await daemon.DisposeAsync();
        owner.Dispose();
        honest.Dispose();
    }
}

/// <summary>The real daemon under attack by HTTP, CAR and CBOR, while somebody delivers mail to it.</summary>
[Collection(nameof(AloneCollection))]
public sealed class DaemonTests(BesiegedDaemon daemon) : IClassFixture<BesiegedDaemon>
{
    public static TheoryData<string> Names => [.. Attacks.Keys];

    /// <summary>Attackers, and what one does.</summary>
    private static Dictionary<string, (int Attackers, Func<NetworkStream, CancellationToken, Task> Attack)> Attacks { get; } = new()
    {
        ["half-open connections"] = (Scale.Connections, Manners.SilentAsync),
        ["slow headers"] = (Scale.Connections, Manners.Slow("GET /health HTTP/1.1\r\nHost: x\r\n", "x-y: z\r\n")),
        ["slow bodies"] = (Scale.Connections, Manners.Slow(Post("Content-Length: 50000000"), "\u0001")),
        ["pipelined requests whose answers nobody reads"] = (Scale.Senders, Manners.Deaf("", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")),
        ["endless headers"] = (Scale.Senders, Manners.Deaf("GET /health HTTP/1.1\r\nHost: x\r\n", "x-header: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")),
        ["bodies without end"] = (Scale.Senders, Manners.Deaf(Post("Transfer-Encoding: chunked"), $"1000\r\n{new string('\u0001', 0x1000)}\r\n")),
        ["CARs cut in the middle"] = (Scale.Senders, Manners.Blunt(Body(Car(400, 1000), cut: 2), reads: false)),
        ["CARs of a hundred thousand blocks"] = (Scale.Senders, Manners.Blunt(Body(Car(100_000, 1)), reads: true)),
        ["CARs of the largest blocks"] = (Scale.Senders, Manners.Blunt(Body(Car(20, Block.MaxLength)), reads: true)),
        ["CBOR a million levels deep"] = (Scale.Senders, Manners.Blunt(Body(Deep()), reads: true)),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Mail_is_delivered_and_memory_bounded_under(string attack)
    {
        (int attackers, Func<NetworkStream, CancellationToken, Task> one) = Attacks[attack];
        await new Siege($"daemon, {attack}", daemon.Id, daemon.Port, daemon.DeliverAsync).RunAsync(attackers, one);
    }

    private static string Post(string more) => $"POST {PeerProtocol.AnnouncementsPath} HTTP/1.1\r\nHost: x\r\nContent-Type: {PeerProtocol.CarType}\r\n{more}\r\n\r\n";

    private static byte[] Body(byte[] car, int cut = 1)
    {
        byte[] request = [.. Encoding.Latin1.GetBytes(Post($"Content-Length: {car.Length}")), .. car];
        return request[..(request.Length / cut)];
    }

    private static byte[] Car(int blocks, int length) =>
        CarContent.WriteAsync([Cid.Of(Cid.Raw, new byte[1])], Enumerable.Range(0, blocks).Select(number => Block.Create(Cid.Raw, new byte[length]))).GetAwaiter().GetResult();

    /// <summary>A first block that is nothing but lists in lists.</summary>
    private static byte[] Deep()
    {
        byte[] lists = new byte[Block.MaxLength - 1];
        lists.AsSpan().Fill(0x81);
        Block block = Block.Create(Cid.DagCbor, lists);
        return CarContent.WriteAsync([block.Cid], [block]).GetAwaiter().GetResult();
    }
}

/// <summary>Tests that no other runs beside.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

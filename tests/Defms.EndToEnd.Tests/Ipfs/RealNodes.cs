using Defms.Cli.Demo;

namespace Defms.EndToEnd.Tests.Ipfs;

/// <summary>Two js-ipfs daemons for all tests of a class; where they cannot be had, why not.</summary>
public sealed class RealNodes : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-nodes-").FullName;
    private readonly List<IpfsNode> running = [];
    private string? missing;

    /// <summary>The folder with scripts and packages.</summary>
    public string Peers { get; private set; } = "";

    internal IpfsNode First => Get(0);

    internal IpfsNode Second => Get(1);

    public async ValueTask InitializeAsync()
    {
        try
        {
            Peers = await IpfsPeers.PrepareAsync("jsipfs", _ => { }, CancellationToken.None);
            running.AddRange(await Task.WhenAll(new[] { "a", "b" }.Select(name => IpfsNode.StartAsync(Peers, Path.Combine(folder, name), CancellationToken.None))));
        }
        catch (DemoException e)
        {
            missing = e.Message;
        }
    }

    /// <summary>Skips the test where there are no nodes.</summary>
    public void Require()
    {
        if (missing is not null)
            Assert.Skip($"Needs js-ipfs. {missing}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IpfsNode node in running)
            await node.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private IpfsNode Get(int index)
    {
        Require();
        return running[index];
    }
}

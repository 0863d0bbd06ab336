using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Network.Kubo;

/// <summary>Chunks that no peer had, asked of the owner's node.</summary>
public sealed class NodeFetchTests : IDisposable
{
    private const string Address = "/ip4/8.8.8.8/tcp/4001/p2p/12D3KooWMXqdrRpT3herMonKYxVV3HGQEwViUUz8a1ymdiK3cfb9";

    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly Someone bob;
    private readonly Posted posted;
    private readonly List<Block> chunks;

    public NodeFetchTests()
    {
        (alice, bob) = (new Someone("Alice", network), new Someone("Bob", network));
        alice.SetProfile(profile => profile with { Ipfs = [Address, "/ip4/10.0.0.1/tcp/4001/p2p/12D3KooWMXqdrRpT3herMonKYxVV3HGQEwViUUz8a1ymdiK3cfb9"] });
        alice.Know(bob);
        bob.Know(alice);
        posted = alice.Send("Chunks", [bob], attachment: RandomSource.System.Bytes(600_000));
        alice.Replicator.DeliverAsync(all: true, TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        chunks = bob.Store.Read(tables => tables.Blocks.List().Where(cid => cid.Codec == Cid.Raw).Select(tables.Blocks.Find).OfType<Block>().ToList());
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task Missing_chunks_come_from_the_node_which_is_told_where_to_look()
    {
        await using var kubo = new ScriptedKubo();
        Lose(chunks);
        await PutAsync(kubo, chunks);
        Assert.Equal(chunks.Count, await FetchAsync(kubo));
        Assert.Empty(Missing());
        Assert.True(bob.Store.Read(tables => chunks.TrueForAll(chunk => tables.Blocks.Has(chunk.Cid))));
        // At public addresses alone.
        Assert.Single(kubo.Calls, call => call.StartsWith("swarm/connect?arg=" + Uri.EscapeDataString(Address)));
        Assert.Single(kubo.Calls, call => call.StartsWith("swarm/connect"));
        Assert.Equal(0, await FetchAsync(kubo));
    }

    [Fact]
    public async Task What_does_not_match_its_name_or_is_not_to_be_had_stays_missing()
    {
        await using var kubo = new ScriptedKubo { Script = (_, call) => call == "swarm/connect" ? Misdeed.Error : Misdeed.None };
        Lose(chunks[..2]);
        await PutAsync(kubo, chunks[..1]);
        kubo.Alter(chunks[0].Cid);
        Assert.Equal(0, await FetchAsync(kubo));
        Assert.Equal(2, Missing().Count);
    }

    private void Lose(List<Block> lost) => bob.Store.Write(tables =>
    {
        tables.Blocks.Remove(lost.Select(block => block.Cid));
        tables.Messages.AddMissing(tables.Messages.Find(posted.Message)!.Id, lost.Select(block => block.Cid));
        return true;
    });

    private IReadOnlyList<Cid> Missing() => bob.Store.Read(tables => tables.Messages.AllMissing(100).Select(pair => pair.Chunk).ToList());

    private async Task<int> FetchAsync(ScriptedKubo kubo)
    {
        using var node = new KuboNode(kubo.Url);
        return await new NodeFetch(bob.Store, bob.Did, node, network.Time).RunAsync(TestContext.Current.CancellationToken);
    }

    private static async Task PutAsync(ScriptedKubo kubo, IReadOnlyCollection<Block> blocks)
    {
        using var node = new KuboNode(kubo.Url);
        await node.PutAsync(blocks, TestContext.Current.CancellationToken);
    }
}

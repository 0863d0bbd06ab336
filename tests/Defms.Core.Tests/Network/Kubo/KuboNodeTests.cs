using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Network;

namespace Defms.Core.Tests.Network.Kubo;

/// <summary>The RPC client against documented replies, and against a node that misbehaves.</summary>
public sealed class KuboNodeTests
{
    private static readonly Block Leaf = Block.Create(Cid.Raw, "leaf"u8.ToArray());
    private static readonly Block Top = Block.Create(Cid.DagCbor, new DagCborWriter().Map(1).Key("leaf"u8).Link(Leaf.Cid).ToArray());
    private static readonly Block Other = Block.Create(Cid.DagCbor, new DagCborWriter().Map(1).Key("that"u8).Link(Leaf.Cid).ToArray());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Blocks_go_in_under_their_own_names_and_come_out_checked()
    {
        await using var kubo = new ScriptedKubo();
        using KuboNode node = Open(kubo);
        Block empty = Block.Create(Cid.Raw, ReadOnlyMemory<byte>.Empty), large = Block.Create(Cid.Raw, new byte[Block.MaxLength]);
        await node.PutAsync([Leaf, Top, empty, large], Cancel);
        foreach (Block block in new[] { Leaf, Top, empty, large })
        {
            Assert.Equal(block.Data.ToArray(), (await node.FindAsync(block.Cid, Cancel))!.Data.ToArray());
            Assert.Equal(block.Data.Length, await node.SizeAsync(block.Cid, Cancel));
        }
        Assert.Contains(kubo.Calls, call => call == "block/put?cid-codec=dag-cbor&mhtype=sha2-256");
        Assert.Null(await node.FindAsync(Other.Cid, Cancel));
        Assert.Null(await node.SizeAsync(Other.Cid, Cancel));
        kubo.Alter(Leaf.Cid);
        Assert.Null(await node.FindAsync(Leaf.Cid, Cancel));
    }

    [Fact]
    public async Task A_node_that_wants_the_codec_told_otherwise_is_told_so_once()
    {
        await using var kubo = new ScriptedKubo { PassesOverCidCodec = true };
        using KuboNode node = Open(kubo);
        await node.PutAsync([Top], Cancel);
        await node.PutAsync([Other, Leaf], Cancel);
        Assert.Single(kubo.Calls, call => call.Contains("cid-codec"));
        Assert.Contains("block/put?format=dag-cbor&mhtype=sha2-256&version=1", kubo.Calls);
    }

    [Fact]
    public async Task Pins_are_added_moved_and_given_up_by_root()
    {
        await using var kubo = new ScriptedKubo();
        using KuboNode node = Open(kubo);
        await node.PutAsync([Leaf, Top, Other], Cancel);
        await node.PinAsync(Top.Cid, null, Cancel);
        Assert.True(await node.IsPinnedAsync(Top.Cid, Cancel));
        await node.PinAsync(Other.Cid, Top.Cid, Cancel);
        Assert.Equal([Other.Cid], kubo.Pins);
        Assert.Equal(1, kubo.Count("pin/update"));
        await node.CollectAsync(Cancel);
        Assert.False(kubo.Has(Top.Cid));
        Assert.True(kubo.Has(Leaf.Cid));
        await node.UnpinAsync(Other.Cid, Cancel);
        await node.UnpinAsync(Other.Cid, Cancel);
        Assert.False(await node.IsPinnedAsync(Other.Cid, Cancel));
        // The old root is pinned no more: the new one is added all the same.
        await node.PutAsync([Top], Cancel);
        await node.PinAsync(Top.Cid, Other.Cid, Cancel);
        Assert.Equal([Top.Cid], kubo.Pins);
    }

    [Fact]
    public async Task A_node_without_pin_update_pins_the_new_root_before_it_gives_up_the_old()
    {
        await using var kubo = new ScriptedKubo { LacksPinUpdate = true };
        using KuboNode node = Open(kubo);
        await node.PutAsync([Leaf, Top, Other], Cancel);
        await node.PinAsync(Top.Cid, null, Cancel);
        await node.PinAsync(Other.Cid, Top.Cid, Cancel);
        await node.PinAsync(Top.Cid, Other.Cid, Cancel);
        Assert.Equal([Top.Cid], kubo.Pins);
        Assert.Equal(1, kubo.Count("pin/update"));
        Assert.True(kubo.Calls.FindIndex(call => call.StartsWith("pin/rm")) > kubo.Calls.FindLastIndex(call => call.StartsWith($"pin/add?arg={Other.Cid}")));
    }

    [Fact]
    public async Task Connections_are_kept()
    {
        await using var kubo = new ScriptedKubo();
        using KuboNode node = Open(kubo, new KuboLimits { AtOnce = 2 });
        await node.PutAsync([.. Enumerable.Range(0, 200).Select(i => Block.Create(Cid.Raw, BitConverter.GetBytes(i)))], Cancel);
        Assert.Equal(200, kubo.Count("block/put"));
    }

    [Fact]
    public async Task The_node_says_who_it_is()
    {
        await using var kubo = new ScriptedKubo();
        using KuboNode node = Open(kubo);
        BlockNodeDescription said = await node.DescribeAsync(Cancel);
        Assert.Equal(("12D3KooWScripted", "kubo/0.39.0/"), (said.PeerId, said.Agent));
        Assert.Equal(["/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWScripted"], said.Addresses);
        Assert.Empty(said.Warnings);
        await node.ConnectAsync("/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWOther", Cancel);
        Assert.Contains(kubo.Calls, call => call.StartsWith("swarm/connect?arg=%2Fip4%2F127.0.0.1"));
    }

    [Theory]
    [InlineData("""{"Provide":{"Enabled":false}}""", 0)]
    [InlineData("""{"Routing":{"Type":"none"}}""", 0)]
    [InlineData("""{"Provider":{"Enabled":false},"Reprovider":{"Interval":"0"}}""", 0)]
    [InlineData("""{}""", 1)]
    [InlineData("""[]""", 1)]
    [InlineData("""{"Provide":{"Enabled":null},"Routing":{"Type":"auto"}}""", 1)]
    [InlineData("""{"Reprovider":{"Interval":"0"}}""", 1)]
    [InlineData("""{"Routing":{"Type":"none"},"Datastore":{"Spec":{"mounts":[{"child":{"type":"flatfs","sync":false}}]}}}""", 1)]
    public async Task Settings_that_tell_the_world_or_do_not_sync_are_warned_of(string config, int warnings)
    {
        await using var kubo = new ScriptedKubo { Config = config };
        using KuboNode node = Open(kubo);
        Assert.Equal(warnings, (await node.DescribeAsync(Cancel)).Warnings.Count);
    }

    [Theory]
    [InlineData("Silence", "there was no answer within 0.3 seconds")]
    [InlineData("Error", "the disk is on fire")]
    [InlineData("Break", "")]
    [InlineData("Garbage", "")]
    public async Task What_goes_wrong_is_told_with_node_and_call(string word, string reason)
    {
        Misdeed misdeed = Enum.Parse<Misdeed>(word);
        await using var kubo = new ScriptedKubo { Script = (_, _) => misdeed };
        var limits = misdeed != Misdeed.Silence ? null : new KuboLimits { Call = TimeSpan.FromSeconds(0.3), Work = TimeSpan.FromSeconds(0.3), Dial = TimeSpan.FromSeconds(0.3), Connect = TimeSpan.FromSeconds(5) };
        using KuboNode node = Open(kubo, limits);
        foreach ((string call, Func<Task> work) in new (string, Func<Task>)[]
        {
            ("block/put", () => node.PutAsync([Leaf], Cancel)),
            ("block/stat", () => node.SizeAsync(Leaf.Cid, Cancel)),
            ("pin/add", () => node.PinAsync(Top.Cid, null, Cancel)),
            ("pin/update", () => node.PinAsync(Top.Cid, Other.Cid, Cancel)),
            ("pin/rm", () => node.UnpinAsync(Top.Cid, Cancel)),
            ("pin/ls", () => node.IsPinnedAsync(Top.Cid, Cancel)),
            ("repo/gc", () => node.CollectAsync(Cancel)),
            ("id", () => node.DescribeAsync(Cancel)),
        })
        {
            BlockNodeException e = await Assert.ThrowsAsync<BlockNodeException>(work);
            Assert.StartsWith($"The IPFS node at {kubo.Url.AbsoluteUri.TrimEnd('/')} did not do '{call}': ", e.Message);
            Assert.Contains(reason, e.Message);
        }
    }

    [Fact]
    public async Task A_pin_that_stops_in_the_middle_is_no_pin()
    {
        await using var kubo = new ScriptedKubo();
        using KuboNode node = Open(kubo, new KuboLimits { Work = TimeSpan.FromSeconds(0.3) });
        await node.PutAsync([Top], Cancel);
        BlockNodeException e = await Assert.ThrowsAsync<BlockNodeException>(() => node.PinAsync(Top.Cid, null, Cancel));
        Assert.Contains("pin/add", e.Message);
        Assert.Empty(kubo.Pins);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_told_so()
    {
        Uri url;
        await using (var kubo = new ScriptedKubo())
            url = kubo.Url;
        using var node = new KuboNode(url);
        Assert.Contains("did not do 'block/get'", (await Assert.ThrowsAsync<BlockNodeException>(() => node.FindAsync(Leaf.Cid, Cancel))).Message);
    }

    [Fact]
    public async Task One_who_gives_up_waiting_ends_his_own_call()
    {
        await using var kubo = new ScriptedKubo { Script = (_, call) => call == "block/get" ? Misdeed.Silence : Misdeed.None };
        using KuboNode node = Open(kubo);
        using var mine = new CancellationTokenSource();
        Task<Block?> waiting = node.FindAsync(Leaf.Cid, mine.Token);
        await node.PutAsync([Leaf], Cancel);
        await mine.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(4, await node.SizeAsync(Leaf.Cid, Cancel));
    }

    private static KuboNode Open(ScriptedKubo kubo, KuboLimits? limits = null) => new(kubo.Url, limits);
}

using Defms.Core.Blocks;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>Finding what another has, also where he lies. A cycle of nodes cannot be: each names the digest of the next.</summary>
public sealed class RootWalkTests
{
    private static readonly Cid Thread = Samples.Numbered(-1);

    [Fact]
    public void The_walk_finds_exactly_what_is_not_here() => Seeded.Check(20, random =>
    {
        Cid[] all = [.. Enumerable.Range(0, random.Next(5_000)).Select(_ => Samples.MadeUp(random))];
        int mine = 1 + random.Next(4), yours = 1 + random.Next(4);
        var one = new Replica(Thread, all.Where(_ => random.Next(mine) == 0).ToList());
        var other = new Replica(Thread, all.Where(_ => random.Next(yours) == 0).ToList());

        Assert.Equal(other.Messages.Except(one.Messages).Order(), ThreadRootTests.Missing(one, other).Order());
    });

    [Fact]
    public void Equal_roots_need_no_question()
    {
        var one = new Replica(Thread, Enumerable.Range(0, 3_000).Select(Samples.Numbered).ToList());
        Assert.Empty(one.WalkTo(one).Wanted);
    }

    [Fact]
    public void Two_sets_of_10000_that_differ_by_100_are_told_apart_by_101_nodes_at_most() => Seeded.Check(3, random =>
    {
        Cid[] common = [.. Enumerable.Range(0, 9_950).Select(_ => Samples.MadeUp(random))];
        Cid[] mine = [.. Enumerable.Range(0, 50).Select(_ => Samples.MadeUp(random))];
        Cid[] yours = [.. Enumerable.Range(0, 50).Select(_ => Samples.MadeUp(random))];
        var one = new Replica(Thread, [.. common, .. mine]);
        var other = new Replica(Thread, [.. common, .. yours]);
        RootWalk walk = one.WalkTo(other);
        int asked = 0;
        for (; walk.Wanted.Count > 0; asked++)
            Assert.True(walk.Feed(other.Nodes.Find(walk.Wanted.First())!));

        Assert.Equal(yours.Order(), walk.Missing.Order());
        Assert.InRange(asked, 1, 101);
        Assert.False(walk.IsCut);
    });

    [Fact]
    public void A_message_that_was_refused_before_is_not_found_again()
    {
        var other = new Replica(Thread, Samples.Numbered(1), Samples.Numbered(2));
        var walk = new RootWalk(Thread, other.Root, cid => cid == Samples.Numbered(1));
        Assert.True(walk.Feed(other.Nodes.Find(other.Root)!));
        Assert.Equal([Samples.Numbered(2)], walk.Missing);
    }

    [Fact]
    public void Only_what_was_asked_for_is_taken_and_once()
    {
        var other = new Replica(Thread, Samples.Numbered(1));
        RootWalk walk = new Replica(Thread).WalkTo(other);
        Assert.False(walk.Feed(new Replica(Thread, Samples.Numbered(2)).Nodes.Find(new Replica(Thread, Samples.Numbered(2)).Root)!));
        Assert.True(walk.Feed(other.Nodes.Find(other.Root)!));
        Assert.False(walk.Feed(other.Nodes.Find(other.Root)!));
        Assert.Single(walk.Missing);
    }

    [Fact]
    public void Nodes_that_do_not_come_are_given_up()
    {
        var walk = new RootWalk(Thread, Samples.Numbered(1), _ => false);
        Assert.Single(walk.Wanted);
        walk.Abandon([.. walk.Wanted]);
        Assert.Empty(walk.Wanted);
        Assert.Empty(walk.Missing);
    }

    [Fact]
    public void The_root_of_another_thread_or_none_at_all_is_refused()
    {
        Refuses(new Replica(Samples.Numbered(-2), Samples.Numbered(1)).Nodes.List().Select(new Replica(Samples.Numbered(-2), Samples.Numbered(1)).Nodes.Find).Single()!);
        Refuses(Leaf([Samples.Numbered(1)]).ToBlock());
        Refuses(Samples.Thread().Genesis.Block);
        Refuses(Block.Create(Cid.Raw, Top(Leaf([Samples.Numbered(1)])).Encode()));
        Refuses(Top(Leaf([])).With("note", CborValue.Int(1)).ToBlock());
    }

    [Fact]
    public void A_node_that_contradicts_itself_is_refused()
    {
        Cid[] two = [.. new[] { Samples.Numbered(1), Samples.Numbered(2) }.Order()];
        Block node = Top(Leaf(two)).ToBlock();
        var walk = new RootWalk(Thread, node.Cid, _ => false);
        Assert.True(walk.Feed(node));

        Refuses(Top(Leaf(two).With("count", CborValue.Int(3))).ToBlock());
        Refuses(Top(Leaf(two).With("count", CborValue.Int(long.MaxValue))).ToBlock());
        Refuses(Top(Leaf(two).With("count", CborValue.Int(-2))).ToBlock());
        Refuses(Top(Leaf([two[1], two[0]])).ToBlock());
        Refuses(Top(Leaf([two[0], two[0]])).ToBlock());
        Refuses(Top(Leaf([.. Enumerable.Range(0, 1_025).Select(Samples.Numbered).Order()])).ToBlock());
        Refuses(Top(Leaf([Cid.Of(Cid.Raw, "chunk"u8)])).ToBlock());
        Refuses(Top(Leaf(two).Without("messages")).ToBlock());
        Refuses(Top(Shards(2_000, (1, two[0])).With("messages", CborValue.List())).ToBlock());
        Refuses(Top(Shards(1_024, (1, two[0]))).ToBlock());
        Refuses(Top(Shards(1L << 31, (1, two[0]))).ToBlock());
        Refuses(Top(Shards(2_000)).ToBlock());
        Refuses(Top(Shards(2_000, (2, two[0]), (1, two[1]))).ToBlock());
        Refuses(Top(Shards(2_000, (1, two[0]), (1, two[1]))).ToBlock());
        Refuses(Top(Shards(2_000, (256, two[0]))).ToBlock());
        Refuses(Top(Shards(2_000, (1, Cid.Of(Cid.Raw, "chunk"u8)))).ToBlock());
        CborValue triple = Top(Shards(2_000, (1, two[0])));
        triple["shards"].Items[0].Items.Add(CborValue.Int(0));
        Refuses(triple.ToBlock());
    }

    [Fact]
    public void A_node_at_the_wrong_place_is_refused_and_the_rest_is_found()
    {
        Cid right = Samples.MadeUp([1, .. new byte[31]]), wrong = Samples.MadeUp([3, .. new byte[31]]);
        Block good = Leaf([right]).ToBlock(), misplaced = Leaf([wrong]).ToBlock(), empty = Leaf([]).ToBlock();
        Block top = Top(Shards(2_000, (1, good.Cid), (2, misplaced.Cid), (4, empty.Cid), (5, good.Cid))).ToBlock();
        var walk = new RootWalk(Thread, top.Cid, _ => false);

        Assert.True(walk.Feed(top));
        Assert.Equal(3, walk.Wanted.Count);
        Assert.True(walk.Feed(good));
        Assert.False(walk.Feed(misplaced));
        Assert.False(walk.Feed(empty));
        Assert.Empty(walk.Wanted);
        Assert.Equal([right], walk.Missing);
    }

    [Fact]
    public void A_chain_ends_where_the_digest_ends()
    {
        Cid name = Samples.MadeUp(new byte[32]);
        List<Block> chain = [Leaf([name]).ToBlock()];
        for (int i = 0; i < 39; i++)
            chain.Add(Shards(2_000, (0, chain[^1].Cid)).ToBlock());
        chain.Add(Top(Shards(2_000, (0, chain[^1].Cid))).ToBlock());
        chain.Reverse();
        var walk = new RootWalk(Thread, chain[0].Cid, _ => false);

        Assert.Equal(32, chain.TakeWhile(walk.Feed).Count());
        Assert.Empty(walk.Wanted);
        Assert.Empty(walk.Missing);
        var store = new MemoryBlockstore();
        store.Put(chain);
        Assert.Null(ThreadRoot.Add(Thread, chain[0].Cid, [name], store));
        Assert.Equal(41, ThreadRoot.Nodes(chain[0].Cid, store).Count());
    }

    [Fact]
    public void A_tree_of_nodes_that_link_to_each_other_all_over_is_walked_once()
    {
        // 256 links to one node, forty times over: as many ways down as there are atoms in a great many worlds.
        List<Block> nodes = [Leaf([Samples.Numbered(1)]).ToBlock()];
        for (int i = 0; i < 40; i++)
            nodes.Add((i == 39 ? Top(Everywhere(nodes[^1].Cid)) : Everywhere(nodes[^1].Cid)).ToBlock());
        nodes.Reverse();
        var store = new MemoryBlockstore();
        store.Put(nodes);

        Assert.Equal(41, ThreadRoot.Nodes(nodes[0].Cid, store).Count());
        var walk = new RootWalk(Thread, nodes[0].Cid, _ => false);
        Assert.Equal(32, nodes.TakeWhile(walk.Feed).Count());
        Assert.Empty(walk.Wanted);
    }

    [Fact]
    public void A_tree_without_end_is_cut_at_the_budget_of_nodes() => Seeded.Check(1, random =>
    {
        List<Block> low = [.. Enumerable.Range(0, 512).Select(i => new RootNode(null, 70_000, [], [.. Enumerable.Range(0, 256).Select(digit => new RootShard((byte)digit, Samples.MadeUp(random)))]).ToBlock())];
        List<Block> middle = [.. low.Chunk(256).Select(group => Shards(2_000_000, [.. group.Select((block, digit) => (digit, block.Cid))]).ToBlock())];
        Block top = Top(Shards(4_000_000, [.. middle.Select((block, digit) => (digit, block.Cid))])).ToBlock();
        var walk = new RootWalk(Thread, top.Cid, _ => false);
        foreach (Block node in (IEnumerable<Block>)[top, .. middle, .. low])
            Assert.True(walk.Feed(node));

        Assert.True(walk.IsCut);
        Assert.Equal(RootWalk.MaxNodes - 1 - middle.Count - low.Count, walk.Wanted.Count);
        Assert.Empty(walk.Missing);
    });

    [Fact]
    public void More_messages_than_the_budget_are_left_for_the_next_walk() => Seeded.Check(1, random =>
    {
        Block Node(int digit) => new RootNode(null, 1_024, [.. Enumerable.Range(0, 1_024).Select(_ => Samples.MadeUp([(byte)(digit >> 8), (byte)digit, .. random.Bytes(30)])).Order()], []).ToBlock();
        List<Block> leaves = [.. Enumerable.Range(0, 260).Select(Node)];
        List<Block> middle = [.. leaves.Chunk(256).Select(group => Shards(262_144, [.. group.Select((block, digit) => (digit, block.Cid))]).ToBlock())];
        Block top = Top(Shards(300_000, [.. middle.Select((block, digit) => (digit, block.Cid))])).ToBlock();
        var walk = new RootWalk(Thread, top.Cid, _ => false);
        foreach (Block node in (IEnumerable<Block>)[top, .. middle, .. leaves])
            Assert.True(walk.Feed(node));

        Assert.True(walk.IsCut);
        Assert.Equal(RootWalk.MaxMissing, walk.Missing.Count);
        Assert.Equal(RootWalk.MaxMissing, walk.Missing.Distinct().Count());
    });

    private static CborValue Leaf(IReadOnlyCollection<Cid> messages) =>
        CborValue.Map(("count", CborValue.Int(messages.Count)), ("messages", CborValue.List(messages.Select(CborValue.Link))));

    private static CborValue Shards(long count, params IReadOnlyList<(int Digit, Cid Node)> shards) => CborValue.Map(
        ("count", CborValue.Int(count)),
        ("shards", CborValue.List(shards.Select(shard => CborValue.List(CborValue.Int(shard.Digit), CborValue.Link(shard.Node))))));

    private static CborValue Everywhere(Cid node) => Shards(2_000_000, [.. Enumerable.Range(0, 256).Select(digit => (digit, node))]);

    private static CborValue Top(CborValue node) =>
        node.With("v", CborValue.Int(1)).With("kind", CborValue.Text("defms/thread")).With("genesis", CborValue.Link(Thread));

    private static void Refuses(Block block)
    {
        var walk = new RootWalk(Thread, block.Cid, _ => false);
        Assert.False(walk.Feed(block), Convert.ToHexString(block.Span[..Math.Min(200, block.Span.Length)]));
        Assert.Empty(walk.Wanted);
        Assert.Empty(walk.Missing);
        Assert.False(RootNodeIsTakenByAdd(block));
    }

    /// <summary>Whether the set could be added to; what is no node of this thread never can.</summary>
    private static bool RootNodeIsTakenByAdd(Block block)
    {
        var store = new MemoryBlockstore();
        store.Put([block]);
        return ThreadRoot.Add(Thread, block.Cid, [], store) is not null;
    }
}

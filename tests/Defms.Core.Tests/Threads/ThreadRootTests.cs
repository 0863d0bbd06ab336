using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Threads;

/// <summary>The state of a thread is a function of the set alone.</summary>
public sealed class ThreadRootTests
{
    private static readonly Cid Thread = Samples.Numbered(-1);

    public static TheoryData<int> Sizes => [1, 2, 1_023, 1_024, 1_025, 20_000, 100_000];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_set_has_one_root_however_it_was_built(int size) => Seeded.Check(1, random =>
    {
        Cid[] set = [.. Enumerable.Range(0, size).Select(_ => Samples.MadeUp(random))];
        Cid expected = ThreadRoot.Build(Thread, set).Root;

        random.Shuffle(set);
        Assert.Equal(expected, ThreadRoot.Build(Thread, set).Root);
        Assert.Equal(expected, ThreadRoot.Build(Thread, [.. set, .. set.Where(_ => random.Next(3) == 0)]).Root);
        Assert.Equal((expected, size), Grow(set, random, () => 1 + random.Next(size)));
        Assert.Equal((expected, size), Grow(set, random, () => 1 + random.Next(1 + size / 4)));
        // One by one across the border where shards begin; the large ones in seven parts.
        Assert.Equal((expected, size), Grow(set, random, () => size > 1_100 ? 1 + size / 7 : 1));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_023)]
    [InlineData(1_025)]
    [InlineData(3_000)]
    public void Replicas_that_hear_of_parts_in_any_order_and_repeatedly_come_to_one_root(int size) => Seeded.Check(4, random =>
    {
        Cid[] set = [.. Enumerable.Range(0, size).Select(_ => Samples.MadeUp(random))];
        Replica[] replicas = [.. Enumerable.Range(0, 2 + random.Next(3)).Select(_ => new Replica(Thread, Part(set, random)))];
        for (int i = 0; i < 12; i++)
        {
            Replica one = replicas[random.Next(replicas.Length)];
            one.Add(random.Next(2) == 0 ? Part(set, random) : Part([.. replicas[random.Next(replicas.Length)].Messages], random));
            one.Check();
        }
        foreach (Replica replica in replicas)
            replica.Add(set);

        Assert.Equal([ThreadRoot.Build(Thread, set).Root], replicas.Select(replica => replica.Root).Distinct());
        Assert.All(replicas, replica => replica.Check());
    });

    [Fact]
    public void Two_who_only_exchange_what_the_walk_finds_come_to_one_root() => Seeded.Check(10, random =>
    {
        int size = random.Next(4_000);
        Cid[] set = [.. Enumerable.Range(0, size).Select(_ => Samples.MadeUp(random))];
        var one = new Replica(Thread, Part(set, random));
        var other = new Replica(Thread, Part(set, random));
        one.Add(Missing(one, other));
        other.Add(Missing(other, one));

        Assert.Equal(one.Root, other.Root);
        one.Check();
        other.Check();
    });

    [Fact]
    public void What_is_there_already_changes_nothing() => Seeded.Check(5, random =>
    {
        var replica = new Replica(Thread, Enumerable.Range(0, random.Next(3_000)).Select(_ => Samples.MadeUp(random)).ToList());
        Cid before = replica.Root;
        RootChange change = replica.Add(Part([.. replica.Messages], random));
        Assert.Equal((before, replica.Messages.Count), (change.Root, change.Count));
        Assert.Empty(change.Blocks);
        Assert.Empty(change.Superseded);
    });

    [Fact]
    public void Names_that_share_the_beginning_of_their_digests_go_deeper_until_they_part() => Seeded.Check(5, random =>
    {
        // Somebody who can afford it grinds names; here they are made up. The 1,025th parts only in the last byte of all.
        byte[] digest = random.Bytes(32);
        Cid[] set = [.. Enumerable.Range(0, 1_030).Select(i => Samples.MadeUp([.. digest[..29], (byte)(i / 1_029), (byte)(i >> 8), (byte)i]))];
        random.Shuffle(set);
        var replica = new Replica(Thread);
        for (int start = 0; start < set.Length; start += 103)
        {
            replica.Add(set[start..(start + 103)]);
            replica.Check();
        }
        Assert.Equal(ThreadRoot.Build(Thread, set).Root, replica.Root);
        Assert.Equal(set.Order(), Missing(new Replica(Thread), replica).Order());
    });

    [Fact]
    public void A_full_shard_that_goes_one_level_down_unchanged_is_not_superseded()
    {
        byte[] tail = new byte[28];
        IEnumerable<Cid> Names(byte second, int count) => Enumerable.Range(0, count).Select(i => Samples.MadeUp([7, second, (byte)(i >> 8), (byte)i, .. tail]));
        var replica = new Replica(Thread, [.. Names(1, 1_024), Samples.MadeUp([8, .. tail, 0, 0, 0])]);
        Cid full = ThreadRoot.Nodes(replica.Root, replica.Nodes).ElementAt(2);

        RootChange change = replica.Add(Names(2, 1));
        Assert.DoesNotContain(full, change.Superseded);
        Assert.Contains(full, ThreadRoot.Nodes(replica.Root, replica.Nodes));
        replica.Check();
    }

    [Fact]
    public void The_thread_is_part_of_its_state()
    {
        Cid[] set = [Samples.Numbered(1)];
        Assert.NotEqual(ThreadRoot.Build(Thread, set).Root, ThreadRoot.Build(Samples.Numbered(-2), set).Root);
    }

    [Fact]
    public void A_root_that_cannot_be_read_whole_is_not_added_to()
    {
        var replica = new Replica(Thread, Enumerable.Range(0, 2_000).Select(Samples.Numbered).ToList());
        Cid added = Samples.Numbered(2_001);
        Cid child = ThreadRoot.Nodes(replica.Root, replica.Nodes).ElementAt(1);

        Assert.Null(ThreadRoot.Add(Thread, Samples.Numbered(0), [added], replica.Nodes));
        Assert.Null(ThreadRoot.Add(Samples.Numbered(-2), replica.Root, [added], replica.Nodes));
        Assert.Null(ThreadRoot.Add(Thread, child, [added], replica.Nodes));
        replica.Nodes.Remove([child]);
        Assert.Null(ThreadRoot.Add(Thread, replica.Root, Enumerable.Range(2_000, 3_000).Select(Samples.Numbered), replica.Nodes));
    }

    [Fact]
    public void Only_names_of_structured_blocks_are_messages()
    {
        byte[] digest = SHA256.HashData("a"u8);
        var empty = new Replica(Thread);
        foreach (Cid other in new[] { default, Cid.From([1, 0x55, 0x12, 0x20, .. digest]), Cid.From([0x12, 0x20, .. digest]), Cid.From([1, 0x71, 0x1b, 0x20, .. digest]) })
        {
            Assert.Throws<ArgumentException>(() => ThreadRoot.Build(Thread, [other]));
            Assert.Throws<ArgumentException>(() => ThreadRoot.Add(Thread, empty.Root, [other], empty.Nodes));
        }
    }

    [Fact]
    public void A_node_stays_below_48_KiB()
    {
        RootChange change = ThreadRoot.Build(Thread, Enumerable.Range(0, 200_000).Select(Samples.Numbered));
        Assert.InRange(change.Blocks.Max(block => block.Data.Length), 10_000, 48 * 1024);
        Assert.Equal(257, change.Blocks.Count);
    }

    internal static List<Cid> Missing(Replica one, Replica other)
    {
        RootWalk walk = one.WalkTo(other);
        while (walk.Wanted.Count > 0)
            Assert.True(walk.Feed(other.Nodes.Find(walk.Wanted.First())!));
        return [.. walk.Missing];
    }

    private static (Cid, int) Grow(Cid[] set, Random random, Func<int> step)
    {
        random.Shuffle(set);
        var replica = new Replica(Thread);
        for (int start = 0; start < set.Length;)
        {
            int end = Math.Min(set.Length, start + step());
            // Some are heard of again.
            replica.Add([.. set[start..end], set[random.Next(end)]]);
            start = end;
        }
        Assert.Equal(replica.Nodes.Count, ThreadRoot.Nodes(replica.Root, replica.Nodes).Count());
        return (replica.Root, replica.Count);
    }

    private static List<Cid> Part(Cid[] set, Random random)
    {
        int outOf = 1 + random.Next(4);
        List<Cid> part = [.. set.Where(_ => random.Next(outOf) == 0)];
        return [.. part, .. part.Take(random.Next(3))];
    }
}

using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Tests.Mailboxes;
using Defms.Core.Tests.Storage;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Network.Kubo;

/// <summary>Moving a store's blocks to a node and back, with everything that can stop it.</summary>
public sealed class NodeMoveTests
{
    private static readonly string Attachment = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"line {i * 7919 % 10_007} of something long\n"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mail_reads_the_same_when_its_bytes_are_with_the_node()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        IReadOnlyList<byte[]> before = Mails(owner);
        int blocks = Count(owner);

        NodeMoveReport report = await MoveAsync(owner);

        Assert.Equal((0, 0), (report.Waiting, report.Lost));
        Assert.Equal(before, Mails(owner));
        Assert.Equal(blocks, Count(owner));
        Assert.Equal(report.Moved, Move(owner).Kept().Blocks);
        Assert.Equal(owner.Roots().Select(pair => pair.Root).Order(), kubo.Pins.Order());
        Assert.All(owner.Store.ReadAll(tables => tables.Node.Page(0, 1000)), moved => Assert.False(owner.Store.ReadAll(tables => tables.Node.IsHere(moved.Cid))));
        // Genesis and root of each thread are what is left here.
        Assert.Equal(2 * owner.Roots().Count, blocks - report.Moved);
        AssertSound(owner);
        Assert.Equal(0, new Collector(owner.Store).Run((_, _) => { }, Cancel).Removed);
        // Another round finds nothing to do and asks nothing.
        int calls = kubo.Calls.Count;
        Assert.Equal(new NodeMoveReport(0, 0, 0), await MoveAsync(owner));
        Assert.Equal(calls, kubo.Calls.Count);
    }

    [Fact]
    public async Task What_comes_later_follows_and_the_pin_goes_on_to_the_new_root()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        await MoveAsync(owner);
        int puts = kubo.Count("block/put");
        owner.Import(Owner.Mail("b@x", references: "a@x", body: "later\n"));
        Assert.Equal(1, (await MoveAsync(owner)).Moved);
        // One message, and genesis and root of its thread.
        Assert.Equal(puts + 3, kubo.Count("block/put"));
        Assert.Equal(owner.Roots().Select(pair => pair.Root).Order(), kubo.Pins.Order());
        using var node = new KuboNode(kubo.Url);
        await node.CollectAsync(Cancel);
        AssertSound(owner);
    }

    [Fact]
    public async Task A_move_that_is_broken_off_at_any_call_loses_nothing_and_goes_on()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        IReadOnlyList<byte[]> mails = Mails(owner);
        int failures = await BreakAtEveryCallAsync(owner, kubo, mails);
        Assert.True(failures > 3, $"{failures} failures");
        Assert.Equal(owner.Roots().Select(pair => pair.Root).Order(), kubo.Pins.Order());

        Move(owner).Leave();
        failures = await BreakAtEveryCallAsync(owner, kubo, mails);
        Assert.True(failures > 3, $"{failures} failures");
        Assert.Null(owner.Store.FindNode());
        Assert.Empty(kubo.Pins);
        kubo.Script = (_, _) => Misdeed.Break;
        Assert.Equal(mails, Mails(owner));
        AssertSound(owner);
    }

    [Theory]
    [InlineData("block/put", 3)]
    [InlineData("pin/add", 2)]
    [InlineData("block/stat", 2)]
    [InlineData("block/get", 2)]
    public async Task A_process_that_is_killed_in_the_middle_loses_nothing(string call, int number)
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        IReadOnlyList<byte[]> mails = Mails(owner);
        if (call == "block/get")
        {
            await MoveAsync(owner);
            Move(owner).Leave();
        }
        using (var child = new ChildProcess(nameof(Moves_until_it_is_killed), owner.Home.Folder, host: typeof(NodeMoveTests)))
        {
            int met = 0;
            kubo.Script = (_, name) =>
            {
                if (name != call || Interlocked.Increment(ref met) != number)
                    return Misdeed.None;
                child.Kill();
                return Misdeed.Silence;
            };
            child.WaitForExit();
            Assert.True(met >= number, $"{call} was called {met} times");
        }
        kubo.Script = (_, _) => Misdeed.None;
        Assert.Equal(mails, Mails(owner));
        await MoveAsync(owner);
        Assert.Equal(mails, Mails(owner));
        AssertSound(owner);
    }

    [Fact(Explicit = true)]
    public async Task Moves_until_it_is_killed()
    {
        using Home home = Home.Open(Environment.GetEnvironmentVariable(StoreChildTests.PathVariable)!);
        home.Store.UseNodes(url => new KuboNode(url, new KuboLimits { AtOnce = 1 }));
        await new NodeMove(home.Store).RunAsync(_ => { }, Cancel);
    }

    [Fact]
    public async Task A_node_that_stops_in_the_middle_of_a_pin_leaves_everything_here()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo, new KuboLimits { Work = TimeSpan.FromSeconds(2) });
        IReadOnlyList<byte[]> mails = Mails(owner);
        kubo.Script = (_, call) => call == "pin/add" ? Misdeed.Silence : Misdeed.None;
        await Assert.ThrowsAsync<BlockNodeException>(() => MoveAsync(owner));
        Assert.Contains("pin/add", owner.Store.Read(tables => tables.Settings.Get(IpfsSettings.Fault)));
        Assert.Equal(0, Move(owner).Kept().Blocks);
        kubo.Script = (_, _) => Misdeed.Break;
        Assert.Equal(mails, Mails(owner));
        kubo.Script = (_, _) => Misdeed.None;
        await MoveAsync(owner);
        Assert.Null(owner.Store.Read(tables => tables.Settings.Get(IpfsSettings.Fault)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_says_it_took_a_block_and_did_not_is_found_out(bool isAltered)
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        Cid victim = owner.Store.Read(tables => tables.Blocks.List().First(cid => cid.Codec == Cid.Raw));
        kubo.Script = (_, call) =>
        {
            if (call == "block/stat" && kubo.Has(victim))
            {
                if (isAltered)
                    kubo.Alter(victim);
                else
                    kubo.Lose(victim);
            }
            return Misdeed.None;
        };
        await Assert.ThrowsAsync<BlockNodeException>(() => MoveAsync(owner));
        Assert.True(owner.Store.ReadAll(tables => tables.Node.IsHere(victim)));
    }

    [Fact]
    public async Task While_the_node_is_away_old_mail_waits_for_it_and_new_mail_is_taken()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        await MoveAsync(owner);
        kubo.Script = (_, _) => Misdeed.Break;
        Assert.Contains("nothing is lost", Assert.Throws<StoreException>(() => Mails(owner)).Message);
        Assert.Equal(1, owner.Import(Owner.Mail("new@x", body: "while you are away\n")).Imported);
        await Assert.ThrowsAsync<BlockNodeException>(() => MoveAsync(owner));
        Assert.Contains("did not do", owner.Store.Read(tables => tables.Settings.Get(IpfsSettings.Fault)));
        kubo.Script = (_, _) => Misdeed.None;
        Assert.Equal(1, (await MoveAsync(owner)).Moved);
    }

    [Fact]
    public async Task A_block_that_the_node_has_lost_is_told_and_the_rest_comes_back()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        await MoveAsync(owner);
        Cid lost = owner.Store.ReadAll(tables => tables.Node.Page(0, 1000)).First(entry => entry.Cid.Codec == Cid.Raw).Cid;
        kubo.Lose(lost);
        Move(owner).Leave();
        NodeMoveReport report = await MoveAsync(owner);
        Assert.Equal((1, 1), (report.Lost, (int)Move(owner).Kept().Blocks));
        Assert.Contains("verify --repair", owner.Store.Read(tables => tables.Settings.Get(IpfsSettings.Fault)));
        // Repairing awaits the chunk from somebody else; then nothing holds us at the node.
        new Verification(owner.Store, owner.Identity.Did).Run(true, (_, _) => { }, Cancel);
        Assert.Equal([lost], owner.Store.Read(tables => tables.Messages.AllMissing(10).Select(pair => pair.Chunk).Distinct().ToList()));
        await MoveAsync(owner);
        Assert.Null(owner.Store.FindNode());
    }

    [Fact]
    public async Task A_thread_that_is_not_whole_waits()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        Cid chunk = owner.Store.Read(tables => tables.Blocks.List().First(cid => cid.Codec == Cid.Raw));
        owner.Store.Write(tables =>
        {
            long message = tables.Threads.All().SelectMany(row => tables.Messages.InThread(row.Id))
                .First(row => MessageNode.TryRead(tables.Blocks.Find(row.Cid)!, out MessageNode? node, out _) && node.Body.Contains(chunk)).Id;
            tables.Messages.AddMissing(message, [chunk]);
            return true;
        });
        Assert.Equal(1, (await MoveAsync(owner)).Waiting);
        Assert.False(kubo.Has(chunk));
    }

    [Fact]
    public async Task A_pin_whose_thread_is_gone_is_given_up()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        await MoveAsync(owner);
        Cid gone = Cid.Of(Cid.DagCbor, "a thread that was let go"u8);
        Block root = Block.Create(Cid.DagCbor, new byte[] { 0xa0 });
        using var node = new KuboNode(kubo.Url);
        await node.PutAsync([root], Cancel);
        await node.PinAsync(root.Cid, null, Cancel);
        owner.Store.WriteAll(tables =>
        {
            tables.Node.SetPin(new Defms.Core.Storage.Tables.NodePin(gone, root.Cid, IsPending: false));
            return true;
        });
        await MoveAsync(owner);
        Assert.DoesNotContain(root.Cid, kubo.Pins);
        Assert.Equal(owner.Roots().Count, kubo.Pins.Count);
    }

    [Fact]
    public async Task Another_node_is_not_taken_while_the_first_keeps_blocks()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        await MoveAsync(owner);
        Assert.Contains("Bring them back first", Assert.Throws<StoreException>(() => Move(owner).Enter(new Uri("http://127.0.0.1:1"), "another")).Message);
        // The same node under another address is the same node.
        Move(owner).Enter(new Uri($"http://localhost:{kubo.Url.Port}"), "peer");
        Assert.NotEmpty(Mails(owner));
    }

    [Fact]
    public async Task A_program_that_reaches_no_node_says_where_the_blocks_are()
    {
        await using var kubo = new ScriptedKubo();
        using Owner owner = Filled(kubo);
        await MoveAsync(owner);
        using SqliteStore other = SqliteStore.Open(Path.Combine(owner.Home.Folder, "store.db"));
        Cid moved = owner.Store.ReadAll(tables => tables.Node.Page(0, 1)[0].Cid);
        Assert.Contains("which this program does not reach", Assert.Throws<StoreException>(() => other.Read(tables => tables.Blocks.Find(moved))).Message);
    }

    /// <summary>Runs until a run ends well, each time breaking one call later; after each failure the mails are all there. How often it failed.</summary>
    private static async Task<int> BreakAtEveryCallAsync(Owner owner, ScriptedKubo kubo, IReadOnlyList<byte[]> mails)
    {
        for (int failures = 0; ; failures++)
        {
            int at = kubo.Calls.Count + failures + 1;
            kubo.Script = (number, _) => number == at ? Misdeed.Error : Misdeed.None;
            try
            {
                await MoveAsync(owner);
                if (kubo.Calls.Count < at)
                    return failures;
            }
            catch (BlockNodeException)
            {
                Assert.True(failures < 1000);
            }
            kubo.Script = (_, _) => Misdeed.None;
            Assert.Equal(mails, Mails(owner));
        }
    }

    private static Owner Filled(ScriptedKubo kubo, KuboLimits? limits = null)
    {
        var owner = new Owner();
        owner.Import(Owner.Mail("a@x", body: Attachment), Owner.Mail("c@x", body: "short\n"), Owner.Mail("d@x", body: "other\n"));
        owner.Store.UseNodes(url => new KuboNode(url, limits));
        Move(owner).Enter(kubo.Url, "peer");
        return owner;
    }

    private static NodeMove Move(Owner owner) => new(owner.Store);

    private static Task<NodeMoveReport> MoveAsync(Owner owner) => Move(owner).RunAsync(_ => { }, Cancel);

    private static int Count(Owner owner) => owner.Store.Read(tables => tables.Blocks.List().Count());

    private static IReadOnlyList<byte[]> Mails(Owner owner) => [.. owner.Store
        .Read(tables => tables.Threads.All().SelectMany(row => tables.Messages.Names(row.Id)).Order().ToList()).Select(owner.Mailbox.Octets)];

    private static void AssertSound(Owner owner)
    {
        VerificationReport report = new Verification(owner.Store, owner.Identity.Did).Run(false, (_, _) => { }, Cancel);
        Assert.True(report.IsSound, string.Join('\n', report.Faults));
    }
}

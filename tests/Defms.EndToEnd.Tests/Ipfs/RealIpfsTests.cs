using System.Diagnostics;
using System.Text.Json;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Network;
using Defms.EndToEnd.Tests.Cli;

namespace Defms.EndToEnd.Tests.Ipfs;

/// <summary>With IPFS programs that others wrote: js-ipfs as the node underneath, Helia as one who fetches, @ipld/car as one who reads files.</summary>
public sealed class RealIpfsTests(RealNodes nodes) : IClassFixture<RealNodes>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Helia_retrieves_a_whole_thread_from_the_daemon_and_nothing_of_a_closed_one()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (Cid thread, _) = await WriteAsync(alice, bob);
            await using Daemon daemon = await Daemon.StartAsync(alice);
            await using HeliaPeer helia = await HeliaPeer.StartAsync(daemon.Url);
            Assert.True((await helia.AskAsync($"getraw {thread} 20000")).TryGetProperty("error", out _));

            await alice.RunAsync("config", "ipfs-open", "yes");
            IReadOnlyList<Cid> names = await BlocksAsync(alice, thread);
            Assert.True(names.Count >= 7, $"{names.Count} blocks");
            foreach (Cid name in names)
            {
                JsonElement got = await helia.AskAsync($"getraw {name} 20000");
                Assert.True(got.TryGetProperty("hex", out JsonElement hex), got.ToString());
                Assert.True(name.Names(Convert.FromHexString(hex.GetString()!)));
            }
        }
    }

    [Fact]
    public async Task The_node_takes_gives_and_pins_and_moves_a_pin_on()
    {
        using var node = new KuboNode(nodes.First.Api);
        Block leaf = Block.Create(Cid.Raw, "leaf of the real one"u8.ToArray());
        Block top = Block.Create(Cid.DagCbor, new DagCborWriter().Map(1).Key("leaf"u8).Link(leaf.Cid).ToArray());
        Block next = Block.Create(Cid.DagCbor, new DagCborWriter().Map(1).Key("next"u8).Link(leaf.Cid).ToArray());
        await node.PutAsync([leaf, top, next], Cancel);
        foreach (Block block in new[] { leaf, top, next })
        {
            Assert.Equal(block.Data.ToArray(), (await node.FindAsync(block.Cid, Cancel))!.Data.ToArray());
            Assert.Equal(block.Data.Length, await node.SizeAsync(block.Cid, Cancel));
        }
        Assert.False(await node.IsPinnedAsync(top.Cid, Cancel));
        await node.PinAsync(top.Cid, null, Cancel);
        Assert.True(await node.IsPinnedAsync(top.Cid, Cancel));
        await node.PinAsync(next.Cid, top.Cid, Cancel);
        Assert.True(await node.IsPinnedAsync(next.Cid, Cancel));
        Assert.False(await node.IsPinnedAsync(top.Cid, Cancel));
        await node.UnpinAsync(next.Cid, Cancel);
        await node.UnpinAsync(next.Cid, Cancel);
        Assert.False(await node.IsPinnedAsync(next.Cid, Cancel));
        BlockNodeDescription said = await node.DescribeAsync(Cancel);
        Assert.StartsWith("js-ipfs/", said.Agent);
        Assert.Empty(said.Warnings);
    }

    [Fact]
    public async Task A_mailbox_moves_to_the_node_replicates_to_another_by_bitswap_and_comes_back()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            // To herself, so that nothing waits to be delivered.
            (Cid thread, string message) = await WriteAsync(alice, alice);
            byte[] mail = (await alice.RunAsync("cat", message)).Expect(0).Octets;
            (await alice.RunAsync("config", "ipfs", nodes.First.Api.ToString())).Expect(0);
            Assert.True((await alice.JsonAsync("status")).GetProperty("ipfs").GetProperty("blocks").GetInt64() >= 5);
            Assert.Equal(mail, (await alice.RunAsync("cat", message)).Expect(0).Octets);

            using var first = new KuboNode(nodes.First.Api);
            using var second = new KuboNode(nodes.Second.Api);
            Cid root = Parse((await alice.JsonAsync("show", thread.ToString())).GetProperty("root").GetString()!);
            IReadOnlyList<Cid> names = await BlocksAsync(alice, thread);
            Assert.True(await first.IsPinnedAsync(root, Cancel));
            await second.ConnectAsync((await first.DescribeAsync(Cancel)).Addresses.First(address => address.StartsWith("/ip4/127.0.0.1/", StringComparison.Ordinal)), Cancel);
            await second.PinAsync(root, null, Cancel);
            foreach (Cid name in names)
                Assert.NotNull(await second.FindAsync(name, Cancel));

            (await alice.RunAsync("config", "ipfs", "--unset")).Expect(0);
            Assert.False((await alice.JsonAsync("status")).TryGetProperty("ipfs", out _));
            Assert.False(await first.IsPinnedAsync(root, Cancel));
            Assert.Equal(mail, (await alice.RunAsync("cat", message)).Expect(0).Octets);
            (await alice.RunAsync("verify")).Expect(0);
        }
    }

    [Fact]
    public async Task An_exported_car_opens_in_other_ipfs_tools_and_what_they_write_comes_back()
    {
        nodes.Require();
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (Cid thread, _) = await WriteAsync(alice, bob);
            string file = alice.File("thread.car"), again = alice.File("again.car");
            (await alice.RunAsync("export", thread.ToString(), "--format", "car", "--out", file)).Expect(0);
            JsonElement read = await RunCarAsync(file, again);
            Assert.Equal(0, read.GetProperty("missing").GetArrayLength());
            Assert.Equal((await BlocksAsync(alice, thread)).Count, read.GetProperty("reached").GetInt32());
            Assert.Equal((await alice.JsonAsync("show", thread.ToString())).GetProperty("root").GetString(), read.GetProperty("roots")[0].GetString());

            // What @ipld/car wrote is put into an empty store, block by block, and taken in where the thread is.
            JsonElement put = await bob.JsonAsync("block", "put", "--car", again);
            Assert.Equal(read.GetProperty("blocks").GetInt32(), put.GetProperty("new").GetInt32());
            JsonElement taken = await alice.JsonAsync("import", again);
            Assert.Equal((0, 1), (taken.GetProperty("imported").GetInt32(), taken.GetProperty("already").GetInt32()));
        }
    }

    private static async Task<(Cid Thread, string Message)> WriteAsync(Person from, Person to)
    {
        await File.WriteAllBytesAsync(from.File("a.bin"), Defms.Core.RandomSource.System.Bytes(700_000), Cancel);
        (string message, string thread) = await from.SendAsync(to.Address, "A whole thread", "--body", "y", "--attach", from.File("a.bin"));
        return (Parse(thread), message);
    }

    private static async Task<IReadOnlyList<Cid>> BlocksAsync(Person person, Cid thread) =>
        [.. (await person.RunAsync("block", "ls", thread.ToString(), "--json")).Expect(0).Text.Trim().Split('\n')
            .Select(line => Parse(JsonDocument.Parse(line).RootElement.GetProperty("cid").GetString()!))];

    private static Cid Parse(string text) => Cid.TryParse(text, out Cid cid) ? cid : throw new InvalidOperationException($"{text} is no CID.");

    /// <summary>tests/interop/car.mjs, put beside the packages it imports.</summary>
    private async Task<JsonElement> RunCarAsync(string input, string output)
    {
        string script = Path.Combine(nodes.Peers, "jsipfs", $"car-{Environment.ProcessId}.mjs");
        File.Copy(Path.Combine(Repository(), "tests", "interop", "car.mjs"), script, overwrite: true);
        try
        {
            using Process node = Process.Start(new ProcessStartInfo("node", [script, input, output]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = node.StandardError.ReadToEndAsync(Cancel);
            string text = await node.StandardOutput.ReadToEndAsync(Cancel);
            await node.WaitForExitAsync(Cancel);
            Assert.True(node.ExitCode == 0, await errors);
            return JsonDocument.Parse(text).RootElement;
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Defms.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("No Defms.sln above the tests.");
    }
}

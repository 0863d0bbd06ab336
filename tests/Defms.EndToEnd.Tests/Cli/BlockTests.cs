using System.Text;
using System.Text.Json;
using Defms.Core.Blocks;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class BlockTests
{
    /// <summary>{"a": 1}, and the same with an integer longer than needed.</summary>
    private static readonly byte[] Strict = [0xa1, 0x61, 0x61, 0x01], Loose = [0xa1, 0x61, 0x61, 0x18, 0x01];

    [Fact]
    public async Task The_blocks_of_a_thread_are_listed_and_come_out_by_name()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await File.WriteAllBytesAsync(alice.File("a.bin"), new byte[100_000]);
            (string message, string thread) = await alice.SendAsync(bob.Address, "x", "--body", "y", "--attach", alice.File("a.bin"));

            Result listed = (await alice.RunAsync("block", "ls", thread, "--json")).Expect(0);
            JsonElement[] rows = [.. listed.Text.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
            string?[] kinds = [.. rows.Select(row => row.TryGetProperty("kind", out JsonElement kind) ? kind.GetString() : null)];

            Assert.Equal(thread, rows[0].GetProperty("cid").GetString());
            Assert.Equal(["defms/genesis", "defms/thread", "defms/message"], kinds.OfType<string>());
            Assert.All(rows.Where((_, i) => kinds[i] is null), row => Assert.Equal("raw", row.GetProperty("codec").GetString()));
            Assert.Contains(kinds, kind => kind is null);
            foreach (JsonElement row in rows)
            {
                byte[] bytes = (await alice.RunAsync("block", "get", row.GetProperty("cid").GetString()!)).Expect(0).Octets;
                Assert.True(Cid.TryParse(row.GetProperty("cid").GetString(), out Cid cid) && cid.Names(bytes));
            }
            JsonElement stat = await alice.JsonAsync("block", "stat", message);
            Assert.Contains(thread, stat.GetProperty("links").EnumerateArray().Select(link => link.GetString()));
            Assert.Equal(rows.Length, (await alice.RunAsync("block", "ls")).Expect(0).Text.Trim().Split('\n').Length);
        }
    }

    [Fact]
    public async Task Put_names_what_is_strict_and_refuses_what_is_not()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        await File.WriteAllBytesAsync(alice.File("strict"), Strict);
        await File.WriteAllBytesAsync(alice.File("loose"), Loose);

        string name = (await alice.RunAsync("block", "put", "--codec", "dag-cbor", alice.File("strict"))).Expect(0).Text.Trim();
        Assert.Equal(Cid.Of(Cid.DagCbor, Strict).ToString(), name);
        Assert.Equal(Strict, (await alice.RunAsync("block", "get", name)).Expect(0).Octets);

        Result refused = (await alice.RunAsync("block", "put", "--codec", "dag-cbor", alice.File("loose"))).Expect(1);
        Assert.Contains("not strict DAG-CBOR", refused.Errors);
        (await alice.RunAsync("block", "get", Cid.Of(Cid.DagCbor, Loose).ToString())).Expect(3);
        Assert.Equal(Cid.Of(Cid.Raw, Loose).ToString(), (await alice.PipeAsync(Loose, "block", "put", "-")).Expect(0).Text.Trim());
        (await alice.RunAsync("block", "put", "--codec", "dag-pb", alice.File("strict"))).Expect(2);
        (await alice.RunAsync("block", "get", "k3hq7xza")).Expect(2);
        Assert.False((await alice.JsonAsync("block", "put", "--codec", "dag-cbor", alice.File("strict"))).GetProperty("new").GetBoolean());
    }

    [Fact]
    public async Task A_block_larger_than_a_block_may_be_is_refused()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        Assert.Contains("larger than a block", (await alice.PipeAsync(new byte[Block.MaxLength + 1], "block", "put", "-")).Expect(1).Errors);
    }

    [Fact]
    public async Task Of_a_car_all_is_kept_or_nothing()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        Block good = Block.Create(Cid.DagCbor, Strict), raw = Block.Create(Cid.Raw, "text"u8.ToArray()), bad = Block.Create(Cid.DagCbor, Loose);
        await File.WriteAllBytesAsync(alice.File("good.car"), await PackAsync(good, raw));
        await File.WriteAllBytesAsync(alice.File("bad.car"), await PackAsync(raw, bad));
        byte[] altered = await PackAsync(good, raw);
        altered[^1] ^= 1;
        await File.WriteAllBytesAsync(alice.File("altered.car"), altered);

        Assert.Contains("not strict DAG-CBOR", (await alice.RunAsync("block", "put", "--car", alice.File("bad.car"))).Expect(1).Errors);
        Assert.Contains("does not match its CID", (await alice.RunAsync("block", "put", "--car", alice.File("altered.car"))).Expect(1).Errors);
        Assert.Equal("", (await alice.RunAsync("block", "ls")).Expect(0).Text);

        JsonElement put = await alice.JsonAsync("block", "put", "--car", alice.File("good.car"));
        Assert.Equal((2, 2), (put.GetProperty("blocks").GetInt32(), put.GetProperty("new").GetInt32()));
        Assert.Equal(good.Cid.ToString(), put.GetProperty("roots")[0].GetString());
        Assert.Equal("text", Encoding.UTF8.GetString((await alice.RunAsync("block", "get", raw.Cid.ToString())).Expect(0).Octets));
    }

    [Fact]
    public async Task Blocks_that_nobody_asked_for_are_not_kept_when_a_car_is_imported()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        (_, string thread) = await alice.SendAsync(alice.Address, "x", "--body", "y");
        string file = alice.File("thread.car");
        (await alice.RunAsync("export", thread, "--format", "car", "--out", file)).Expect(0);
        byte[] more = await PackAsync(Block.Create(Cid.Raw, "nobody asked"u8.ToArray()), Block.Create(Cid.DagCbor, Strict));
        // Behind the header of the second file, which is its length and that many bytes.
        await File.AppendAllBytesAsync(file, more[(1 + more[0])..]);
        int before = (await alice.RunAsync("block", "ls")).Expect(0).Text.Split('\n').Length;

        JsonElement taken = await alice.JsonAsync("import", file);

        Assert.Equal((0, 1), (taken.GetProperty("imported").GetInt32(), taken.GetProperty("already").GetInt32()));
        Assert.Equal(before, (await alice.RunAsync("block", "ls")).Expect(0).Text.Split('\n').Length);
    }

    private static async Task<byte[]> PackAsync(params Block[] blocks)
    {
        var stream = new MemoryStream();
        CarWriter car = await CarWriter.CreateAsync(stream, [blocks[0].Cid]);
        foreach (Block block in blocks)
            await car.WriteAsync(block);
        return stream.ToArray();
    }
}

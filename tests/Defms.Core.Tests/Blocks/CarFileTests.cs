using System.Text.Json;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Blocks;

/// <summary>CARs that other programs wrote: go-car's samples and the gateway conformance fixtures.</summary>
public sealed class CarFileTests
{
    private const int FileCount = 35;

    [Fact]
    public async Task Every_file_is_read_as_the_list_says_and_written_again_with_the_same_blocks()
    {
        List<(string Name, JsonElement Expected)> files = Files();
        Assert.Equal(FileCount, files.Count);
        foreach ((string name, JsonElement expected) in files)
        {
            byte[] car = await File.ReadAllBytesAsync(TestData.Shared($"car/{name}"));
            CarContent content = await CarContent.ReadAsync(car);
            AssertAsListed(name, expected, content);
            byte[] again = await CarContent.WriteAsync(content.Roots, content.Blocks);
            if (expected.GetProperty("version").GetInt32() == 1)
                Assert.Equal(car, again);
            CarContent second = await CarContent.ReadAsync(again);
            second.AssertWholeAndSame(content.Roots, content.Blocks.Select(block => block.Cid), name);
            Assert.Equal(content.Blocks.Select(block => block.Data.ToArray()), second.Blocks.Select(block => block.Data.ToArray()));
        }
    }

    [Fact]
    public async Task Every_file_reads_the_same_in_small_pieces()
    {
        foreach ((string name, JsonElement expected) in Files())
        {
            byte[] car = await File.ReadAllBytesAsync(TestData.Shared($"car/{name}"));
            foreach (int piece in new[] { 1, 7, 1000 })
                AssertAsListed(name, expected, await CarContent.ReadAsync(car, piece));
        }
    }

    [Fact]
    public async Task Version_2_data_is_the_version_1_file_that_it_wraps()
    {
        byte[] wrapped = await File.ReadAllBytesAsync(TestData.Shared("car/go-car/sample-wrapped-v2.car"));
        CarContent content = await CarContent.ReadAsync(wrapped);
        byte[] plain = await File.ReadAllBytesAsync(TestData.Shared("car/go-car/sample-v1.car"));
        Assert.Equal(plain, await CarContent.WriteAsync(content.Roots, content.Blocks));
    }

    private static void AssertAsListed(string name, JsonElement expected, CarContent content)
    {
        content.AssertWholeAndSame(
            expected.GetProperty("roots").EnumerateArray().Select(root => Parse(root.GetString()!)), content.Blocks.Select(block => block.Cid), name);
        Assert.Equal(expected.GetProperty("roots").EnumerateArray().Select(root => root.GetString()), content.Roots.Select(root => root.ToString()));
        Assert.Equal(expected.GetProperty("block_count").GetInt32(), content.Blocks.Count);
        Assert.Equal(expected.GetProperty("unique_block_count").GetInt32(), content.Blocks.Select(block => block.Cid).Distinct().Count());
        Assert.Equal(expected.GetProperty("block_bytes").GetInt64(), content.Blocks.Sum(block => (long)block.Data.Length));
        Assert.Equal(expected.GetProperty("identity_cid_sections").GetInt32(), content.Blocks.Count(block => block.Cid.HashFunction == Multihash.Identity));
        Assert.Equal(expected.GetProperty("first_block").GetString(), content.Blocks[0].Cid.ToString());
        Assert.Equal(expected.GetProperty("last_block").GetString(), content.Blocks[^1].Cid.ToString());
        Assert.Equal(expected.GetProperty("roots_present").GetBoolean(), content.Roots.All(root => content.Blocks.Any(block => block.Cid == root)));
    }

    private static Cid Parse(string text)
    {
        Assert.True(Cid.TryParse(text, out Cid cid), text);
        return cid;
    }

    private static List<(string Name, JsonElement Expected)> Files()
    {
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(TestData.Shared("car/expected.json")));
        return [.. list.RootElement.Clone().EnumerateObject().Select(file => (file.Name, file.Value))];
    }
}

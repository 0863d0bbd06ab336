using System.Net;
using Defms.Core.Blocks;

namespace Defms.Daemon.Tests.Ipfs;

/// <summary>The facts of ipfs/gateway-conformance that do not need UnixFS, over its own fixtures.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public async Task A_path_through_dag_cbor_crosses_links()
    {
        (Archive archive, Block[] blocks) = await LoadAsync("path_gateway_dag/dag-cbor-traversal.car");
        await using (archive)
        {
            Cid root = blocks[0].Cid;
            IReadOnlyList<Cid> names = await archive.CarAsync($"/ipfs/{root}/foo/link/bar");
            Assert.Equal(3, names.Count);
            Assert.Equal(root, names[0]);
            Assert.True(blocks.Single(block => block.Cid == names[2]).Span.IndexOf("this is not a link"u8) > 0);
            Assert.Equal(HttpStatusCode.NotFound, await archive.StatusAsync($"/ipfs/{root}/foo/i-do-not-exist?format=car"));
            Assert.Equal(blocks.Select(block => block.Cid).Order(), (await archive.CarAsync($"/ipfs/{root}")).Order());
        }
    }

    [Fact]
    public async Task A_document_is_an_entity_by_itself_and_leads_to_a_file()
    {
        (Archive archive, Block[] blocks) = await LoadAsync("trustless_gateway_car/dir-with-dag-cbor-with-links.car");
        await using (archive)
        {
            Cid document = blocks.Single(block => block.Cid.Codec == Cid.DagCbor).Cid;
            Assert.Equal([document], await archive.CarAsync($"/ipfs/{document}?format=car&dag-scope=entity"));
            IReadOnlyList<Cid> names = await archive.CarAsync($"/ipfs/{document}/files/single?format=car");
            Assert.Equal(document, names[0]);
            Assert.Equal(2, names.Count);
        }
    }

    [Fact]
    public async Task Blocks_that_others_made_come_raw()
    {
        (Archive archive, Block[] blocks) = await LoadAsync("gateway-raw-block.car");
        await using (archive)
        {
            foreach (Block block in blocks)
            {
                using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{block.Cid}", "application/vnd.ipld.raw");
                Assert.Equal(block.Data.ToArray(), await response.Content.ReadAsByteArrayAsync());
            }
        }
    }

    private static async Task<(Archive Archive, Block[] Blocks)> LoadAsync(string file)
    {
        string folder = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", "shared");
        string path = Path.Combine(folder, "testdata", "car", "gateway-conformance", file);
        if (!File.Exists(path))
            Assert.Skip($"Needs the test data {path}; put it there or name its folder in DEFMS_SHARED.");
        await using FileStream stream = File.OpenRead(path);
        CarReader car = await CarReader.OpenAsync(stream, CarBudget.Unlimited);
        List<Block> blocks = [];
        while (await car.NextAsync() is { } block)
            blocks.Add(block);
        Archive archive = await Archive.OpenAsync(isPublic: false);
        archive.Keep([.. blocks]);
        archive.LetAnybodyHaveSealedBlocks();
        return (archive, [.. blocks.OrderByDescending(block => block.Cid == car.Roots[0])]);
    }
}

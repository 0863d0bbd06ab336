using System.Net;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Daemon.Tests.Ipfs;

/// <summary>The Trustless Gateway (specs.ipfs.tech/http-gateways/trustless-gateway), asked as curl would.</summary>
public sealed class IpfsTests
{
    private const string Raw = "application/vnd.ipld.raw", Car = "application/vnd.ipld.car";

    [Fact]
    public async Task Every_block_of_a_public_thread_comes_by_its_name()
    {
        await using Archive archive = await Archive.OpenAsync();
        IReadOnlyList<Block> blocks = archive.BlocksOf(archive.Public);
        // Root, genesis, two messages, and 600,000 bytes in chunks of 256 KiB.
        Assert.True(blocks.Count >= 7, $"{blocks.Count} blocks");
        foreach (Block block in blocks)
        {
            using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{block.Cid}?format=raw");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(block.Data.ToArray(), await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_block_that_rotted_is_served_to_nobody()
    {
        await using Archive archive = await Archive.OpenAsync();
        foreach (Block block in archive.BlocksOf(archive.Public).Where(block => block.Cid.Codec == Cid.Raw))
        {
            archive.Turn(block);
            Assert.Equal(HttpStatusCode.NotFound, await archive.StatusAsync($"/ipfs/{block.Cid}?format=raw"));
        }
        // A CAR that has begun can only be cut off.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => archive.AskAsync($"/ipfs/{archive.RootOf(archive.Public)}?format=car"));
    }

    [Fact]
    public async Task A_raw_answer_says_what_the_specification_asks_for()
    {
        await using Archive archive = await Archive.OpenAsync();
        Cid cid = archive.Public;
        using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{cid}?filename=foobar.bin", Raw);
        Assert.Equal(Raw, response.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment; filename=\"foobar.bin\"", Header(response, "Content-Disposition"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("public, max-age=29030400, immutable", Header(response, "Cache-Control").Replace("immutable, public, max-age=29030400", "public, max-age=29030400, immutable"));
        Assert.Equal($"\"{cid}.raw\"", Header(response, "Etag"));
        Assert.Equal($"/ipfs/{cid}", Header(response, "X-Ipfs-Path"));
        Assert.Equal(cid.ToString(), Header(response, "X-Ipfs-Roots"));
        Assert.Equal($"/ipfs/{cid}?filename=foobar.bin&format=raw", Header(response, "Content-Location"));
        Assert.Equal(response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Head_says_the_same_without_the_bytes()
    {
        await using Archive archive = await Archive.OpenAsync();
        foreach (string format in new[] { "raw", "car" })
        {
            using HttpResponseMessage get = await archive.AskAsync($"/ipfs/{archive.Public}?format={format}");
            using HttpResponseMessage head = await archive.AskAsync($"/ipfs/{archive.Public}?format={format}", method: HttpMethod.Head);
            Assert.Equal(get.StatusCode, head.StatusCode);
            Assert.Equal(Header(get, "Etag"), Header(head, "Etag"));
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }
        using HttpResponseMessage none = await archive.AskAsync($"/ipfs/{archive.Private}?format=raw", method: HttpMethod.Head);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task What_the_caller_has_already_is_not_sent_again()
    {
        await using Archive archive = await Archive.OpenAsync();
        foreach (string format in new[] { "raw", "car" })
        {
            string path = $"/ipfs/{archive.Public}?format={format}";
            using HttpResponseMessage first = await archive.AskAsync(path);
            using HttpResponseMessage again = await archive.AskAsync(path, null, null, ("If-None-Match", $"\"other\", {Header(first, "Etag")}"));
            using HttpResponseMessage other = await archive.AskAsync(path, null, null, ("If-None-Match", "\"other\""));
            Assert.Equal((HttpStatusCode.NotModified, HttpStatusCode.OK), (again.StatusCode, other.StatusCode));
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }
        using HttpResponseMessage closed = await archive.AskAsync($"/ipfs/{archive.Private}?format=raw", null, null, ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.NotFound, closed.StatusCode);
    }

    [Fact]
    public async Task A_car_holds_the_whole_thread_depth_first()
    {
        await using Archive archive = await Archive.OpenAsync();
        Cid root = archive.RootOf(archive.Public);
        Cid[] all = [.. archive.BlocksOf(archive.Public).Select(block => block.Cid)];
        Assert.Equal(all, await archive.CarAsync($"/ipfs/{root}"));
        Assert.Equal(all, await archive.CarAsync($"/ipfs/{root}?format=car&dag-scope=all", Raw));

        // With repetitions the genesis, to which the root and both messages link, comes three times.
        using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{root}", $"{Car}; version=1; order=dfs; dups=y");
        Assert.Equal($"{Car}; version=1; order=dfs; dups=y", response.Content.Headers.GetValues("Content-Type").Single());
        IReadOnlyList<Cid> repeated = await archive.CarAsync($"/ipfs/{root}", $"{Car}; dups=y");
        Assert.Equal(all.Length + 2, repeated.Count);
        Assert.Equal(3, repeated.Count(cid => cid == archive.Public));
        Assert.Equal(repeated, await archive.CarAsync($"/ipfs/{root}?format=car&car-dups=y", $"{Car}; dups=n"));
    }

    [Fact]
    public async Task The_scope_says_how_much_comes()
    {
        await using Archive archive = await Archive.OpenAsync();
        Cid root = archive.RootOf(archive.Public);
        Assert.Equal([root], await archive.CarAsync($"/ipfs/{root}?dag-scope=block"));
        Assert.Equal([root], await archive.CarAsync($"/ipfs/{root}?dag-scope=entity"));
        Assert.Equal([root], await archive.CarAsync($"/ipfs/{root}?entity-bytes=0:*"));
        Assert.Equal([root, archive.Public], await archive.CarAsync($"/ipfs/{root}/genesis"));

        Block chunk = archive.BlocksOf(archive.Public).First(block => block.Cid.Codec == Cid.Raw);
        Assert.Equal([chunk.Cid], await archive.CarAsync($"/ipfs/{chunk.Cid}?entity-bytes=5:9"));
        Assert.Equal([chunk.Cid], await archive.CarAsync($"/ipfs/{chunk.Cid}?entity-bytes=-9:*"));
        Assert.Equal(HttpStatusCode.BadRequest, await archive.StatusAsync($"/ipfs/{chunk.Cid}?entity-bytes={chunk.Data.Length}:*", Car));
    }

    [Fact]
    public async Task A_path_leads_through_links_and_stays_provable()
    {
        await using Archive archive = await Archive.OpenAsync();
        Cid root = archive.RootOf(archive.Public);
        Block[] blocks = [.. archive.BlocksOf(archive.Public)];
        RootContents contents = archive.Person.Store.Read(tables => ThreadRoot.Read(root, tables.Blocks))!;
        int large = contents.Messages.ToList().FindIndex(cid => DagCborLinks.Of(blocks.Single(block => block.Cid == cid)).Count > 1);
        Cid message = contents.Messages[large];
        Cid[] chunks = [.. DagCborLinks.Of(blocks.Single(block => block.Cid == message)).Where(cid => cid.Codec == Cid.Raw)];

        Assert.Equal([root, message, chunks[1]], await archive.CarAsync($"/ipfs/{root}/messages/{large}/body/1"));
        // The path ends inside the message, at the list of its chunks.
        Assert.Equal([root, message, .. chunks.Distinct()], await archive.CarAsync($"/ipfs/{root}/messages/{large}/body/"));
        Assert.Equal([root, message], await archive.CarAsync($"/ipfs/{root}/messages/{large}/kind"));
        using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{root}/genesis?format=car");
        Assert.Equal($"{root},{archive.Public}", Header(response, "X-Ipfs-Roots"));

        foreach (string nowhere in new[] { "nothing", "messages/2", "messages/01", "messages/-1", "messages/0/body/99/x", "kind/x", "genesis/kind/0" })
            Assert.Equal(HttpStatusCode.NotFound, await archive.StatusAsync($"/ipfs/{root}/{nowhere}", Car));
        Assert.Equal(HttpStatusCode.BadRequest, await archive.StatusAsync($"/ipfs/{root}/genesis", Raw));
        Assert.Equal(HttpStatusCode.BadRequest, await archive.StatusAsync($"/ipfs/{root}{string.Concat(Enumerable.Repeat("/a", 64))}", Car));
    }

    [Fact]
    public async Task What_is_sealed_is_as_if_it_were_not_here_until_the_owner_opens_it()
    {
        await using Archive archive = await Archive.OpenAsync();
        Cid unknown = Cid.Of(Cid.DagCbor, "unknown"u8);
        string expected = await AnswerAsync(archive, unknown);
        Block[] blocks = [.. archive.BlocksOf(archive.Private)];
        foreach (Block block in blocks)
            Assert.Equal(expected, await AnswerAsync(archive, block.Cid));

        archive.LetAnybodyHaveSealedBlocks();
        foreach (Block block in blocks)
            Assert.Equal(HttpStatusCode.OK, await archive.StatusAsync($"/ipfs/{block.Cid}", Raw));
        Assert.Equal(blocks.Select(block => block.Cid), await archive.CarAsync($"/ipfs/{archive.RootOf(archive.Private)}"));
        Assert.Equal(expected, await AnswerAsync(archive, unknown));
    }

    [Fact]
    public async Task A_damaged_message_of_a_public_thread_leads_to_no_other_block()
    {
        await using Archive archive = await Archive.OpenAsync();
        Block chunk = archive.BlocksOf(archive.Public).First(block => block.Cid.Codec == Cid.Raw);
        archive.Person.Store.Write(tables => tables.Messages.SetFlags(
            tables.Messages.InThread(tables.Threads.Find(archive.Public)!.Id).Select(row => row.Id), MessageFlags.Damaged, MessageFlags.None));
        Assert.Equal(HttpStatusCode.NotFound, await archive.StatusAsync($"/ipfs/{chunk.Cid}", Raw));
        Assert.Equal(HttpStatusCode.OK, await archive.StatusAsync($"/ipfs/{archive.Public}", Raw));
    }

    [Fact]
    public async Task A_car_that_cannot_be_finished_is_cut_off()
    {
        await using Archive archive = await Archive.OpenAsync();
        archive.LetAnybodyHaveSealedBlocks();
        Cid chunk = archive.BlocksOf(archive.Private).Last(block => block.Cid.Codec == Cid.Raw).Cid;
        archive.Person.Store.Write(tables =>
        {
            tables.Blocks.Remove([chunk]);
            return true;
        });
        Exception? cut = await Record.ExceptionAsync(() => archive.CarAsync($"/ipfs/{archive.RootOf(archive.Private)}"));
        Assert.True(cut is HttpRequestException or IOException, $"{cut}");
    }

    [Theory]
    [InlineData("?format=raw", null, 200)]
    [InlineData("?format=car", Raw, 200)]
    [InlineData("", Raw, 200)]
    [InlineData("", "text/html, application/vnd.ipld.car;q=0.5, application/vnd.ipld.raw", 200)]
    [InlineData("", "application/vnd.ipld.car; version=1; order=unk", 200)]
    [InlineData("", null, 400)]
    [InlineData("", "*/*", 400)]
    [InlineData("", "text/html", 406)]
    [InlineData("", "application/vnd.ipld.dag-json", 406)]
    [InlineData("", "application/vnd.ipld.car; version=2", 406)]
    [InlineData("", "application/vnd.ipld.car; order=foo", 406)]
    [InlineData("?format=dag-json", Raw, 406)]
    [InlineData("?format=ipns-record", null, 406)]
    [InlineData("?format=car&car-version=2", null, 400)]
    [InlineData("?format=car&dag-scope=some", null, 400)]
    [InlineData("?format=car&entity-bytes=a:b", null, 400)]
    [InlineData("?format=car&entity-bytes=*:5", null, 400)]
    [InlineData("?format=car&entity-bytes=5", null, 400)]
    public async Task Formats_are_agreed_on_or_refused(string query, string? accept, int status)
    {
        await using Archive archive = await Archive.OpenAsync();
        Assert.Equal((HttpStatusCode)status, await archive.StatusAsync($"/ipfs/{archive.Public}{query}", accept));
    }

    [Theory]
    [InlineData("/ipfs/")]
    [InlineData("/ipfs/nothing")]
    [InlineData("/ipfs/bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfd")]
    [InlineData("/ipfs/QmfM2r8seH2GiRaC4esTjeraXEachRt8ZsSeGaWTPLyMo")]
    public async Task What_is_no_cid_is_told_so(string path)
    {
        await using Archive archive = await Archive.OpenAsync(isPublic: false);
        Assert.Equal(HttpStatusCode.BadRequest, await archive.StatusAsync(path, Raw));
    }

    [Fact]
    public async Task A_name_is_the_same_in_every_base()
    {
        await using Archive archive = await Archive.OpenAsync();
        foreach (SimpleBase.MultibaseEncoding encoding in new[]
        {
            SimpleBase.MultibaseEncoding.Base16Lower, SimpleBase.MultibaseEncoding.Base32Lower,
            SimpleBase.MultibaseEncoding.Base36Lower, SimpleBase.MultibaseEncoding.Base58Bitcoin,
        })
        {
            string name = Multibase.Encode(archive.Public.Bytes, encoding);
            Assert.Equal(HttpStatusCode.OK, await archive.StatusAsync($"/ipfs/{name}", Raw));
        }
        // Version 0 names are understood; there is just nothing by them.
        Assert.Equal(HttpStatusCode.NotFound, await archive.StatusAsync("/ipfs/QmfM2r8seH2GiRaC4esTjeraXEachRt8ZsSeGaWTPLyMoG", Raw));
    }

    [Fact]
    public async Task The_probe_and_other_identity_names_hold_their_own_bytes()
    {
        await using Archive archive = await Archive.OpenAsync(isPublic: false);
        using HttpResponseMessage probe = await archive.AskAsync("/ipfs/bafkqaaa?format=raw");
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
        Assert.Empty(await probe.Content.ReadAsByteArrayAsync());
        Assert.Empty(await archive.CarAsync("/ipfs/bafkqaaa"));
        Assert.Empty(await archive.CarAsync("/ipfs/bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa", $"{Car}; dups=y"));
        using HttpResponseMessage hello = await archive.AskAsync("/ipfs/bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa?format=raw");
        Assert.Equal("hello i am inlined cid\n", await hello.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Only_if_cached_is_answered_by_whether_it_is_here()
    {
        await using Archive archive = await Archive.OpenAsync();
        using HttpResponseMessage here = await archive.AskAsync($"/ipfs/{archive.Public}", Raw, null, ("Cache-Control", "only-if-cached"));
        using HttpResponseMessage closed = await archive.AskAsync($"/ipfs/{archive.Private}", Raw, null, ("Cache-Control", "only-if-cached"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (here.StatusCode, closed.StatusCode));
    }

    [Fact]
    public async Task Other_methods_are_refused()
    {
        await using Archive archive = await Archive.OpenAsync();
        using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{archive.Public}?format=raw", method: HttpMethod.Delete);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    private static async Task<string> AnswerAsync(Archive archive, Cid cid)
    {
        string all = "";
        foreach (string format in new[] { "raw", "car" })
        {
            using HttpResponseMessage response = await archive.AskAsync($"/ipfs/{cid}?format={format}");
            response.Headers.Date = null;
            all += $"{response.StatusCode} {response.Headers} {response.Content.Headers} {await response.Content.ReadAsStringAsync()}";
        }
        return all;
    }

    private static string Header(HttpResponseMessage response, string name) =>
        string.Join(", ", response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? values : ["none"]);
}

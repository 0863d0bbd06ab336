using System.Net;
using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Daemon.Tests.Fixtures;
using Defms.Serving;

namespace Defms.Daemon.Tests;

/// <summary>What strangers and broken programs send: a status and a reason, and nothing half-stored.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private Couple couple = null!;
    private RawClient client = null!;
    private Posted sent = null!;
    private Announcement announcement = null!;
    private byte[] car = null!;

    public async ValueTask InitializeAsync()
    {
        couple = await Couple.MeetAsync();
        client = new RawClient(couple.Bob.Url);
        sent = couple.Alice.Send("Hello", [couple.Bob], RandomSource.System.Bytes(300_000));
        (announcement, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(couple.Bob);
        car = await RawClient.PackAsync([announcement.Block.Cid], blocks.Prepend(announcement.Block));
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await couple.DisposeAsync();
    }

    [Fact]
    public async Task The_whole_car_is_taken()
    {
        Assert.Equal(HttpStatusCode.OK, (await client.AnnounceAsync(car)).Status);
        Assert.Equal(couple.Alice.RootOf(sent.Thread), couple.Bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task A_car_cut_anywhere_stores_nothing()
    {
        int[] cuts = [0, 1, 30, 60, 700, car.Length / 2, car.Length - 1];
        foreach (int cut in cuts)
            await RefusedAsync(car[..cut], HttpStatusCode.BadRequest, "the CAR");
    }

    [Fact]
    public async Task A_block_that_does_not_match_its_cid_stores_nothing()
    {
        byte[] bad = [.. car];
        bad[^1] ^= 1;
        await RefusedAsync(bad, HttpStatusCode.BadRequest, "does not match its CID");
    }

    [Fact]
    public async Task A_request_that_ends_early_stores_nothing()
    {
        string head = $"POST {PeerProtocol.AnnouncementsPath} HTTP/1.1\r\nHost: x\r\nContent-Type: {PeerProtocol.CarType}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        string half = System.Text.Encoding.Latin1.GetString(car[..(car.Length / 2)]);
        string answer = await client.TalkAsync($"{head}{half.Length:x}\r\n{half}\r\nno chunk\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Null(couple.Bob.RootOf(sent.Thread));
    }

    [Fact]
    public async Task An_announcement_must_be_the_first_block_and_the_only_root()
    {
        Block other = Block.Create(Cid.Raw, new byte[] { 1 });
        await RefusedAsync(await RawClient.PackAsync([other.Cid], [announcement.Block]), HttpStatusCode.BadRequest, "one root");
        await RefusedAsync(await RawClient.PackAsync([announcement.Block.Cid, other.Cid], [announcement.Block]), HttpStatusCode.BadRequest, "one root");
        await RefusedAsync(await RawClient.PackAsync([other.Cid], [other]), HttpStatusCode.BadRequest, "the announcement");
        await RefusedAsync(await RawClient.PackAsync([], []), HttpStatusCode.BadRequest, "holds no block");
    }

    [Fact]
    public async Task A_wrong_signature_and_non_canonical_cbor_are_refused()
    {
        byte[] forged = announcement.Block.Data.ToArray();
        int time = forged.AsSpan().IndexOf("dtime"u8) + 5 + 8;
        forged[time] ^= 1;
        await RefusedAsync(await PackAsync(forged), HttpStatusCode.BadRequest, "was not signed by its sender");
        // The version as a number of two bytes, which is not its shortest form.
        int version = announcement.Block.Span.IndexOf("av"u8) + 2;
        byte[] longer = [.. announcement.Block.Span[..version], 0x18, .. announcement.Block.Span[version..]];
        await RefusedAsync(await PackAsync(longer), HttpStatusCode.BadRequest, "the announcement");
    }

    [Fact]
    public async Task A_block_larger_than_a_block_may_be_is_refused()
    {
        byte[] section = [0x80, 0x80, 0x80, 0x01];
        byte[] start = await RawClient.PackAsync([announcement.Block.Cid], [announcement.Block]);
        await RefusedAsync([.. start, .. section, .. new byte[1000]], HttpStatusCode.BadRequest, "larger than a block");
    }

    [Fact]
    public async Task More_than_is_taken_at_once_is_refused()
    {
        string head = $"POST {PeerProtocol.AnnouncementsPath} HTTP/1.1\r\nHost: x\r\nContent-Type: {PeerProtocol.CarType}\r\n";
        Assert.StartsWith("HTTP/1.1 413 ", await client.TalkAsync($"{head}Content-Length: {ServerLimits.MaxBody + 1}\r\n\r\n"));
        IEnumerable<Block> many = Enumerable.Repeat(Block.Create(Cid.Raw, new byte[] { 1 }), (int)Reception.Budget.Blocks + 1);
        byte[] crowded = await RawClient.PackAsync([announcement.Block.Cid], many.Prepend(announcement.Block));
        await RefusedAsync(crowded, HttpStatusCode.RequestEntityTooLarge, "more blocks");
    }

    [Fact]
    public async Task A_body_of_another_type_is_refused()
    {
        (HttpStatusCode status, string text) = await client.PostAsync(PeerProtocol.AnnouncementsPath, car, "text/plain");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(PeerProtocol.CarType, text);
    }

    [Fact]
    public async Task Requests_not_signed_rightly_are_refused_with_a_reason()
    {
        byte[] body = new SyncRequest { Device = new byte[SyncRequest.DeviceLength] }.Encode();
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        string Sign(Defms.Core.Identities.Did to, string path, long time) =>
            SignedRequest.Sign(couple.Alice.Identity, to, "POST", path, body, time, RandomSource.System);
        async Task<(HttpStatusCode, string)> AskAsync(string? signed) => await client.PostAsync(PeerProtocol.SyncPath, body, PeerProtocol.DagCborType, signed);

        string good = Sign(couple.Bob.Did, PeerProtocol.SyncPath, now);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(good)).Item1);
        Assert.Equal((HttpStatusCode.Unauthorized, "the request was made before\n"), await AskAsync(good));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(null)).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("no base64url!")).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(Sign(couple.Bob.Did, PeerProtocol.BlocksPath, now))).Item1);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(Sign(couple.Alice.Did, PeerProtocol.SyncPath, now))).Item1);
        (HttpStatusCode clock, string reason) = await AskAsync(Sign(couple.Bob.Did, PeerProtocol.SyncPath, 86_400_000));
        Assert.Equal(HttpStatusCode.Unauthorized, clock);
        Assert.Contains("clock differs", reason);
    }

    [Fact]
    public async Task Signed_bodies_that_are_no_requests_are_refused()
    {
        byte[] body = [0xff, 1, 2, 3];
        string Sign(string path) => SignedRequest.Sign(
            couple.Alice.Identity, couple.Bob.Did, "POST", path, body, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), RandomSource.System);
        foreach (string path in new[] { PeerProtocol.SyncPath, PeerProtocol.BlocksPath })
            Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(path, body, PeerProtocol.DagCborType, Sign(path))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(PeerProtocol.ReceiptsPath, body, PeerProtocol.DagCborType)).Status);
    }

    [Fact]
    public async Task Bodies_larger_than_their_path_takes_are_refused()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync(PeerProtocol.SyncPath, new byte[5000], PeerProtocol.DagCborType)).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync(PeerProtocol.ReceiptsPath, new byte[70_000], PeerProtocol.DagCborType)).Status);
        string chunked = $"POST {PeerProtocol.SyncPath} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1000\r\n{new string('x', 0x1000)}\r\n0\r\n\r\n";
        Assert.StartsWith("HTTP/1.1 413 ", await client.TalkAsync(chunked));
    }

    [Fact]
    public async Task Huge_headers_and_lines_are_refused()
    {
        Assert.StartsWith("HTTP/1.1 431 ", await client.TalkAsync($"GET /health HTTP/1.1\r\nHost: x\r\nX: {new string('x', 20_000)}\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 414 ", await client.TalkAsync($"GET /{new string('x', 5000)} HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 400 ", await client.TalkAsync("what is this\r\n\r\n"));
    }

    [Fact]
    public async Task A_chunk_that_fails_its_message_is_no_reason_to_lose_the_others()
    {
        couple.Alice.Send("Second", couple.Bob);
        Block stray = Block.Create(Cid.DagCbor, new byte[] { 0xa0 });
        (Announcement all, IReadOnlyList<Block> blocks) = couple.Alice.Waiting(couple.Bob);
        byte[] mixed = await RawClient.PackAsync([all.Block.Cid], [all.Block, stray, .. blocks]);
        Assert.Equal(HttpStatusCode.OK, (await client.AnnounceAsync(mixed)).Status);
        Assert.Equal(couple.Alice.RootOf(sent.Thread), couple.Bob.RootOf(sent.Thread));
    }

    private static async Task<byte[]> PackAsync(byte[] bytes)
    {
        Block block = Block.Create(Cid.DagCbor, bytes);
        return await RawClient.PackAsync([block.Cid], [block]);
    }

    private async Task RefusedAsync(byte[] body, HttpStatusCode status, string reason)
    {
        (HttpStatusCode given, string text) = await client.AnnounceAsync(body);
        Assert.Equal(status, given);
        Assert.Contains(reason, text);
        Assert.InRange(text.Length, 1, PeerProtocol.MaxReasonLength + 1);
        Assert.Null(couple.Bob.RootOf(sent.Thread));
        Assert.Equal(0, couple.Bob.Store.Read(tables => tables.Quarantine.Bytes()));
    }
}

using System.Net;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Network;

public sealed class HttpPeerTests : IDisposable
{
    private static readonly HttpPeerLimits Short = new()
    {
        Connect = TimeSpan.FromSeconds(5),
        Idle = TimeSpan.FromMilliseconds(200),
        Answer = TimeSpan.FromMilliseconds(200),
    };

    private readonly Identity alice = NewIdentity();
    private readonly Identity bob = NewIdentity();

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task Paths_stand_below_the_endpoints_url()
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 204 No Content");
        await SendReceiptAsync(new Uri(server.Url, "/alice"));
        Assert.Equal("POST /alice/defms/v1/receipts HTTP/1.1", Assert.Single(server.Requests));
    }

    [Fact]
    public async Task A_receipt_is_read_from_the_answer()
    {
        Announcement announcement = Announce();
        byte[] receipt = Receipt.Issue(bob, announcement, Verdict.Stored, null, [], 0).Block.Data.ToArray();
        await using var server = ScriptedServer.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: {PeerProtocol.DagCborType}\nContent-Length: {receipt.Length}", receipt);
        Assert.Equal(Verdict.Stored, (await AnnounceAsync(server.Url, announcement)).Verdict);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = ScriptedServer.Answering("HTTP/1.1 204 No Content");
        await using var server = ScriptedServer.Answering($"HTTP/1.1 307 Temporary Redirect\nLocation: {elsewhere.Url}\nContent-Length: 0");
        PeerException fault = await FaultAsync(() => SendReceiptAsync(server.Url));
        Assert.Equal(PeerFault.BadAnswer, fault.Fault);
        Assert.Contains("redirects are not followed", fault.Message);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData("400 Bad Request", PeerFault.Refused)]
    [InlineData("401 Unauthorized", PeerFault.Refused)]
    [InlineData("403 Forbidden", PeerFault.Refused)]
    [InlineData("404 Not Found", PeerFault.BadAnswer)]
    [InlineData("410 Gone", PeerFault.Gone)]
    [InlineData("413 Content Too Large", PeerFault.Refused)]
    [InlineData("418 I'm a teapot", PeerFault.BadAnswer)]
    [InlineData("429 Too Many Requests", PeerFault.Busy)]
    [InlineData("500 Internal Server Error", PeerFault.Busy)]
    [InlineData("502 Bad Gateway", PeerFault.Busy)]
    [InlineData("503 Service Unavailable", PeerFault.Busy)]
    [InlineData("507 Insufficient Storage", PeerFault.Busy)]
    public async Task A_status_says_whether_another_try_makes_sense(string status, PeerFault expected)
    {
        await using var server = ScriptedServer.Answering($"HTTP/1.1 {status}\nContent-Length: 0");
        PeerException fault = await FaultAsync(() => SendReceiptAsync(server.Url));
        Assert.Equal(expected, fault.Fault);
        Assert.Contains(status[..3], fault.Message);
        Assert.Contains(server.Url.ToString(), fault.Message);
    }

    [Fact]
    public async Task A_reason_is_shown_as_one_short_line_whatever_it_holds()
    {
        byte[] reason = Encoding.UTF8.GetBytes("no\u001b[31m way\r\n\u202eback" + new string('x', 5000));
        await using var server = ScriptedServer.Answering($"HTTP/1.1 400 Bad Request\nContent-Type: text/plain\nContent-Length: {reason.Length}", reason);
        string message = (await FaultAsync(() => SendReceiptAsync(server.Url))).Message;
        Assert.Contains("no [31m way back", message);
        Assert.DoesNotContain(message, c => char.IsControl(c) || c == '\u202e');
        Assert.InRange(message.Length, 1, PeerProtocol.MaxReasonLength + 100);
    }

    [Fact]
    public async Task A_page_of_a_proxy_is_not_shown()
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 502 Bad Gateway\nContent-Type: text/html\nContent-Length: 6", "<html>"u8.ToArray());
        Assert.DoesNotContain("html", (await FaultAsync(() => SendReceiptAsync(server.Url))).Message);
    }

    [Fact]
    public async Task An_answer_larger_than_a_receipt_is_not_read_to_its_end()
    {
        await using var server = ScriptedServer.Answering($"HTTP/1.1 200 OK\nContent-Type: {PeerProtocol.DagCborType}\nContent-Length: 100000000", new byte[200_000]);
        PeerException fault = await FaultAsync(() => AnnounceAsync(server.Url, Announce()));
        Assert.Equal((PeerFault.BadAnswer, true), (fault.Fault, fault.Message.Contains("more than 65536 bytes")));
    }

    [Fact]
    public async Task An_answer_of_another_type_is_none_of_the_protocol()
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2", "hi"u8.ToArray());
        Assert.Equal(PeerFault.BadAnswer, (await FaultAsync(() => AnnounceAsync(server.Url, Announce()))).Fault);
    }

    [Fact]
    public async Task What_is_no_http_is_told_as_such()
    {
        await using var server = ScriptedServer.Answering("SSH-2.0-OpenSSH_9.2");
        Assert.Equal(PeerFault.BadAnswer, (await FaultAsync(() => SendReceiptAsync(server.Url))).Fault);
    }

    [Fact]
    public async Task A_peer_that_says_nothing_is_given_up()
    {
        await using var server = ScriptedServer.Answering((_, _, cancel) => Task.Delay(Timeout.Infinite, cancel));
        PeerException fault = await FaultAsync(() => SendReceiptAsync(server.Url, Short));
        Assert.Equal(PeerFault.Unreachable, fault.Fault);
        Assert.Contains("no sign of life", fault.Message);
    }

    [Fact]
    public async Task An_answer_that_stops_half_way_is_given_up()
    {
        await using var server = ScriptedServer.Answering(async (stream, _, cancel) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {PeerProtocol.CarType}\r\nContent-Length: 1000\r\n\r\n"), cancel);
            await Task.Delay(Timeout.Infinite, cancel);
        });
        using var peer = new HttpPeer(alice, TimeProvider.System, RandomSource.System, Short);
        PeerException fault = await FaultAsync(() => peer.SyncAsync(At(server.Url), new SyncRequest { Device = new byte[16] }, CancellationToken.None));
        Assert.Contains("no sign of life", fault.Message);
    }

    [Fact]
    public async Task An_answer_that_is_cut_is_told_as_a_broken_connection()
    {
        await using var server = ScriptedServer.Answering($"HTTP/1.1 200 OK\nContent-Type: {PeerProtocol.CarType}\nContent-Length: 1000");
        using var peer = new HttpPeer(alice, TimeProvider.System, RandomSource.System);
        PeerException fault = await FaultAsync(() => peer.SyncAsync(At(server.Url), new SyncRequest { Device = new byte[16] }, CancellationToken.None));
        Assert.Equal(PeerFault.Unreachable, fault.Fault);
    }

    [Fact]
    public async Task Being_cancelled_is_no_fault_of_the_peer()
    {
        await using var server = ScriptedServer.Answering((_, _, cancel) => Task.Delay(Timeout.Infinite, cancel));
        using var cancel = new CancellationTokenSource();
        using var peer = new HttpPeer(alice, TimeProvider.System, RandomSource.System);
        Task sending = peer.SendReceiptAsync(At(server.Url), Receipt.Issue(bob, Announce(), Verdict.Stored, null, [], 0), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task A_closed_port_and_an_unknown_name_are_told_in_words()
    {
        Uri closed;
        await using (var server = ScriptedServer.Answering("HTTP/1.1 204 No Content"))
            closed = server.Url;
        Assert.Contains("Connection refused", (await FaultAsync(() => SendReceiptAsync(closed))).Message);
        PeerException unknown = await FaultAsync(() => SendReceiptAsync(new Uri("http://nobody.invalid:4180"), resolve: (_, _) => Task.FromResult<IPAddress[]>([])));
        Assert.Equal(PeerFault.Unreachable, unknown.Fault);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("0.0.0.0")]
    public async Task What_leads_to_this_machine_is_refused_unless_it_was_entered_by_hand(string host)
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 204 No Content");
        PeerException fault = await FaultAsync(() => SendReceiptAsync(new Uri($"http://{host}:{server.Port}"), mayBePrivate: false));
        Assert.Equal(PeerFault.Unreachable, fault.Fault);
        Assert.Contains("not on the public internet", fault.Message);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_name_is_resolved_once_for_a_connection_and_private_addresses_among_its_answers_are_passed_over()
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 204 No Content");
        int asked = 0;
        Task<IPAddress[]> Resolve(string host, CancellationToken cancel) => Task.FromResult<IPAddress[]>(
            [Interlocked.Increment(ref asked) == 1 ? IPAddress.Parse("10.0.0.1") : IPAddress.Loopback]);
        PeerException fault = await FaultAsync(() => SendReceiptAsync(new Uri($"http://rebinding.example:{server.Port}"), mayBePrivate: false, resolve: Resolve));
        Assert.Contains("10.0.0.1", fault.Message);
        Assert.Equal(1, asked);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task The_next_address_of_a_name_is_tried_when_the_first_refuses()
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 204 No Content");
        Task<IPAddress[]> Resolve(string host, CancellationToken cancel) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.77"), IPAddress.IPv6Loopback, IPAddress.Loopback]);
        await SendReceiptAsync(new Uri($"http://several.example:{server.Port}"), resolve: Resolve);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_request_refused_for_its_clock_is_signed_once_more_and_no_oftener()
    {
        await using var server = ScriptedServer.Answering("HTTP/1.1 401 Unauthorized\nDefms-Time: 4102444800000\nContent-Length: 0\nConnection: close");
        using var peer = new HttpPeer(alice, TimeProvider.System, RandomSource.System);
        await FaultAsync(() => peer.SyncAsync(At(server.Url), new SyncRequest { Device = new byte[16] }, CancellationToken.None));
        Assert.Equal(2, server.Requests.Count);
    }

    private static async Task<PeerException> FaultAsync(Func<Task> act) => await Assert.ThrowsAsync<PeerException>(act);

    private static Identity NewIdentity()
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        return Identity.From(seed);
    }

    private async Task SendReceiptAsync(
        Uri url, HttpPeerLimits? limits = null, bool mayBePrivate = true, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        using var peer = new HttpPeer(alice, TimeProvider.System, RandomSource.System, limits ?? HttpPeerLimits.Default, resolve ?? Dns.GetHostAddressesAsync);
        Receipt receipt = Receipt.Issue(bob, Announce(), Verdict.Stored, null, [], 0);
        await peer.SendReceiptAsync(At(url) with { MayBePrivate = mayBePrivate }, receipt, CancellationToken.None);
    }

    private async Task<Receipt> AnnounceAsync(Uri url, Announcement announcement)
    {
        using var peer = new HttpPeer(alice, TimeProvider.System, RandomSource.System);
        return await peer.AnnounceAsync(At(url), announcement, [], CancellationToken.None);
    }

    private PeerAddress At(Uri url) => new(url, bob.Did, MayBePrivate: true);

    private Announcement Announce()
    {
        Cid thread = Cid.Of(Cid.DagCbor, [1]);
        return Announcement.Issue(alice, Card.Bare(alice.Certificate), bob.Certificate, thread, thread, new byte[32], 0, RandomSource.System);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Core.Network;

/// <summary>
/// Asks others over HTTP (docs/formats/requests.md). Connections are kept and shared; endpoints lead to public addresses only unless
/// <see cref="PeerAddress.MayBePrivate"/>; redirects are not followed. Safe for use by several threads.
/// </summary>
public sealed class HttpPeer : IPeer, IHostDoor, ICardPeer, IDisposable
{
    /// <summary>An answer to a sync: 64 MiB of items and one that reaches beyond it.</summary>
    private static readonly CarBudget SyncBudget = new(Blocks: 262_144, Bytes: 160L * 1024 * 1024);

    /// <summary>An answer to a want list: 64 MiB and the names.</summary>
    private static readonly CarBudget FetchBudget = new(Blocks: WantList.MaxBlocks, Bytes: 66L * 1024 * 1024);

    private readonly Identity self;
    private readonly TimeProvider time;
    private readonly RandomSource random;
    private readonly HttpPeerLimits limits;
    private readonly PeerClients clients;

    /// <summary>By how many milliseconds the clocks of others differ, where they said so.</summary>
    private readonly ConcurrentDictionary<Did, long> clocks = new();

    /// <param name="self">Signs requests; stays the caller's.</param>
    public HttpPeer(Identity self, TimeProvider time, RandomSource random, HttpPeerLimits? limits = null)
        : this(self, time, random, limits ?? HttpPeerLimits.Default, Dns.GetHostAddressesAsync)
    {
    }

    internal HttpPeer(
        Identity self, TimeProvider time, RandomSource random, HttpPeerLimits limits, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        (this.self, this.time, this.random, this.limits) = (self, time, random, limits);
        clients = new PeerClients(limits, resolve);
    }

    public async Task<Receipt> AnnounceAsync(
        PeerAddress peer, Announcement announcement, IEnumerable<Block> blocks, CancellationToken cancel)
    {
        using var patience = new Patience(limits, cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, Locate(peer, PeerProtocol.AnnouncementsPath));
        request.Content = new CarContent(announcement.Block, blocks, patience);
        using HttpResponseMessage response = await SendAsync(peer, request, patience);
        using AnswerStream body = await OpenAsync(peer, response, patience);
        await RequireGoodAsync(peer, response, body, PeerProtocol.DagCborType);
        byte[] bytes = await ReadWholeAsync(peer, body, PeerProtocol.MaxReceiptLength);
        return Receipt.TryRead(Block.Create(Cid.DagCbor, bytes), out Receipt? receipt, out string? error)
            ? receipt
            : throw new PeerException(PeerFault.BadAnswer, $"{peer.Url} answered with a receipt that cannot be used: it {error}");
    }

    public async Task SendReceiptAsync(PeerAddress peer, Receipt receipt, CancellationToken cancel)
    {
        using var patience = new Patience(limits, cancel);
        using HttpRequestMessage request = Post(peer, PeerProtocol.ReceiptsPath, receipt.Block.Data);
        using HttpResponseMessage response = await SendAsync(peer, request, patience);
        using AnswerStream body = await OpenAsync(peer, response, patience);
        await RequireGoodAsync(peer, response, body, mediaType: null);
    }

    public Task<PeerStream> SyncAsync(PeerAddress peer, SyncRequest request, CancellationToken cancel) =>
        AskAsync(peer, PeerProtocol.SyncPath, request.Encode(), SyncBudget, TimeSpan.FromSeconds(request.WaitSeconds), cancel);

    public Task<PeerStream> FetchAsync(PeerAddress peer, WantList wants, CancellationToken cancel) =>
        AskAsync(peer, PeerProtocol.BlocksPath, wants.Encode(), FetchBudget, TimeSpan.Zero, cancel);

    public async Task<HostingAnswer> AskAsync(PeerAddress host, HostingRequest request, CancellationToken cancel)
    {
        using OpenAnswer open = await OpenAnswerAsync(host, PeerProtocol.HostingPath, request.Encode(), TimeSpan.Zero, PeerProtocol.DagCborType, cancel);
        byte[] bytes = await ReadWholeAsync(host, open.Body, PeerProtocol.MaxHostingAnswerLength);
        return HostingAnswer.TryDecode(bytes, out HostingAnswer? answer, out string? error)
            ? answer
            : throw new PeerException(PeerFault.BadAnswer, $"{host.Url} gave an answer that cannot be used: it {error}");
    }

    public async Task<Card?> ShowCardAsync(PeerAddress peer, Card? card, CancellationToken cancel)
    {
        using var patience = new Patience(limits, cancel);
        byte[] shown = card?.Encoded.ToArray() ?? [];
        HttpResponseMessage response = await SendSignedAsync(peer, PeerProtocol.ShowCardPath, shown, TimeSpan.Zero, patience);
        try
        {
            if (response.StatusCode == HttpStatusCode.Unauthorized && LearnClock(peer, response))
            {
                response.Dispose();
                response = await SendSignedAsync(peer, PeerProtocol.ShowCardPath, shown, TimeSpan.Zero, patience);
            }
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            AnswerStream body = await OpenAsync(peer, response, patience);
            await RequireGoodAsync(peer, response, body, PeerProtocol.DagCborType);
            byte[] bytes = await ReadWholeAsync(peer, body, Card.MaxLength);
            return Card.TryDecode(bytes, out Card? known, out string? error) && known.Identity == self.Did
                ? known
                : throw new PeerException(PeerFault.BadAnswer, $"{peer.Url} answered with a card that cannot be used: it {error ?? "is somebody else's"}");
        }
        finally
        {
            response.Dispose();
        }
    }

    /// <summary>
    /// Asks a machine of one's own for the answer to a pairing request, by its digest; null while there is none. It is sealed, so nobody is asked who he is.
    /// </summary>
    public static async Task<PairingAnswer?> FetchPairingAsync(Uri url, byte[] digest, HttpPeerLimits? limits, CancellationToken cancel)
    {
        var place = new PeerAddress(url, default, MayBePrivate: true);
        HttpPeerLimits within = limits ?? HttpPeerLimits.Default;
        using var clients = new PeerClients(within);
        using var patience = new Patience(within, cancel);
        try
        {
            using HttpRequestMessage request = Post(place, PeerProtocol.PairingPath, digest);
            using HttpResponseMessage response = await clients.For(mayBePrivate: true).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            using AnswerStream body = await OpenAsync(place, response, patience);
            await RequireGoodAsync(place, response, body, PeerProtocol.DagCborType);
            return PairingAnswer.Of(await ReadWholeAsync(place, body, PairingAnswer.MaxLength));
        }
        catch (Exception e) when (PeerFaults.IsOfPeer(e, patience))
        {
            throw PeerFaults.Translate(place, e, patience);
        }
    }

    public void Dispose() => clients.Dispose();

    private async Task<PeerStream> AskAsync(
        PeerAddress peer, string path, byte[] body, CarBudget budget, TimeSpan longer, CancellationToken cancel)
    {
        OpenAnswer open = await OpenAnswerAsync(peer, path, body, longer, PeerProtocol.CarType, cancel);
        try
        {
            return new PeerStream(await CarReader.OpenAsync(open.Body, budget, cancel), open);
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    /// <summary>Asks with a signature; where only the clocks disagree, once more with the other side's time.</summary>
    private async Task<OpenAnswer> OpenAnswerAsync(
        PeerAddress peer, string path, byte[] body, TimeSpan longer, string mediaType, CancellationToken cancel)
    {
        var patience = new Patience(limits, cancel);
        HttpResponseMessage? response = null;
        try
        {
            response = await SendSignedAsync(peer, path, body, longer, patience);
            if (response.StatusCode == HttpStatusCode.Unauthorized && LearnClock(peer, response))
            {
                response.Dispose();
                response = await SendSignedAsync(peer, path, body, longer, patience);
            }
            AnswerStream answer = await OpenAsync(peer, response, patience);
            await RequireGoodAsync(peer, response, answer, mediaType);
            return new OpenAnswer(response, answer, patience);
        }
        catch
        {
            response?.Dispose();
            patience.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendSignedAsync(PeerAddress peer, string path, byte[] body, TimeSpan longer, Patience patience)
    {
        using HttpRequestMessage request = Post(peer, path, body);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds() + clocks.GetValueOrDefault(peer.Identity);
        request.Headers.Add(SignedRequest.HeaderName, SignedRequest.Sign(self, peer.Identity, "POST", path, body, now, random));
        patience.AwaitAnswer(limits.Connect + longer);
        return await SendAsync(peer, request, patience);
    }

    /// <summary>Notes how far the other side's clock is from ours. False where it did not say, or it is what we knew.</summary>
    private bool LearnClock(PeerAddress peer, HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues(PeerProtocol.TimeHeader, out IEnumerable<string>? values)
            || !long.TryParse(values.First(), out long theirs) || theirs is < 0 or > Profile.MaxIssued)
            return false;
        clocks[peer.Identity] = theirs - time.GetUtcNow().ToUnixTimeMilliseconds();
        return true;
    }

    private async Task<HttpResponseMessage> SendAsync(PeerAddress peer, HttpRequestMessage request, Patience patience)
    {
        try
        {
            HttpResponseMessage response = await clients.For(peer.MayBePrivate)
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            patience.Moved();
            return response;
        }
        catch (Exception e) when (PeerFaults.IsOfPeer(e, patience))
        {
            throw PeerFaults.Translate(peer, e, patience);
        }
    }

    private static async Task<AnswerStream> OpenAsync(PeerAddress peer, HttpResponseMessage response, Patience patience) =>
        new(await response.Content.ReadAsStreamAsync(patience.Token), peer, patience);

    private static async Task RequireGoodAsync(PeerAddress peer, HttpResponseMessage response, AnswerStream body, string? mediaType)
    {
        if (response.StatusCode != HttpStatusCode.OK && !(mediaType is null && response.IsSuccessStatusCode))
            throw await PeerFaults.OfAnswerAsync(peer, response, body);
        if (mediaType is not null && response.Content.Headers.ContentType?.MediaType != mediaType)
            throw new PeerException(PeerFault.BadAnswer, $"{peer.Url} does not speak Defms: its answer is not {mediaType}");
    }

    private static async Task<byte[]> ReadWholeAsync(PeerAddress peer, Stream body, int limit)
    {
        byte[] bytes = new byte[limit + 1];
        int read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false);
        return read <= limit
            ? bytes[..read]
            : throw new PeerException(PeerFault.BadAnswer, $"{peer.Url} gave an answer of more than {limit} bytes");
    }

    private static HttpRequestMessage Post(PeerAddress peer, string path, ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Locate(peer, path)) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(PeerProtocol.DagCborType);
        return request;
    }

    private static Uri Locate(PeerAddress peer, string path) => new(peer.Url.AbsoluteUri.TrimEnd('/') + path);

    private sealed class OpenAnswer(HttpResponseMessage response, AnswerStream body, Patience patience) : IDisposable
    {
        public AnswerStream Body => body;

        public void Dispose()
        {
            body.Dispose();
            response.Dispose();
            patience.Dispose();
        }
    }
}

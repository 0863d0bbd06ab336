using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Core.Tests.Convergence;

/// <summary>Asks others through the simulated network, and reads their answers as the HTTP client does.</summary>
internal sealed class SimulatedPeer(SimulatedNetwork network, Machine self) : IPeer, ICardPeer
{
    public async Task<Receipt> AnnounceAsync(PeerAddress peer, Announcement announcement, IEnumerable<Block> blocks, CancellationToken cancel)
    {
        byte[] car = await Cars.PackAsync(announcement.Block.Cid, blocks.Prepend(announcement.Block));
        byte[] answer = await network.AskAsync(self, peer.Url, new Packet(Request.Announce, car, null));
        return Receipt.TryRead(Block.Create(Cid.DagCbor, answer), out Receipt? receipt, out string? error) ? receipt : throw Unusable(peer, error);
    }

    public Task SendReceiptAsync(PeerAddress peer, Receipt receipt, CancellationToken cancel) =>
        network.AskAsync(self, peer.Url, new Packet(Request.Receipt, receipt.Block.Data.ToArray(), null));

    public Task<PeerStream> SyncAsync(PeerAddress peer, SyncRequest request, CancellationToken cancel) => OpenAsync(peer, Request.Sync, request.Encode());

    public Task<PeerStream> FetchAsync(PeerAddress peer, WantList wants, CancellationToken cancel) => OpenAsync(peer, Request.Fetch, wants.Encode());

    public async Task<Card?> ShowCardAsync(PeerAddress peer, Card? card, CancellationToken cancel)
    {
        byte[] answer = await network.AskAsync(self, peer.Url, Sign(peer, Request.ShowCard, card?.Encoded.ToArray() ?? []));
        if (answer.Length == 0)
            return null;
        return Card.TryDecode(answer, out Card? known, out string? error) && known.Identity == self.Did ? known : throw Unusable(peer, error ?? "is somebody else's");
    }

    private async Task<PeerStream> OpenAsync(PeerAddress peer, Request request, byte[] body)
    {
        byte[] answer = await network.AskAsync(self, peer.Url, Sign(peer, request, body));
        return new PeerStream(await CarReader.OpenAsync(new MemoryStream(answer), new CarBudget(65_536, 64 * 1024 * 1024)), new MemoryStream());
    }

    private Packet Sign(PeerAddress peer, Request request, byte[] body)
    {
        var packet = new Packet(request, body, null);
        // Clocks are apart by minutes at most here; the client learns more than that from the refusal.
        return packet with { Signed = SignedRequest.Sign(self.Identity, peer.Identity, "POST", packet.Path, body, self.Now, self.Random) };
    }

    private static PeerException Unusable(PeerAddress peer, string error) => new(PeerFault.BadAnswer, $"{peer.Url} gave an answer that cannot be used: it {error}");
}

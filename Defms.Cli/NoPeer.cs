using Defms.Core.Blocks;
using Defms.Core.Replication;

namespace Defms.Cli;

/// <summary>Reaches nobody: what is sent stays queued, and the person is told so.</summary>
internal sealed class NoPeer : IPeer
{
    public Task<Receipt> AnnounceAsync(PeerAddress peer, Announcement announcement, IEnumerable<Block> blocks, CancellationToken cancel) =>
        throw Refuse(peer);

    public Task SendReceiptAsync(PeerAddress peer, Receipt receipt, CancellationToken cancel) => throw Refuse(peer);

    public Task<PeerStream> SyncAsync(PeerAddress peer, SyncRequest request, CancellationToken cancel) => throw Refuse(peer);

    public Task<PeerStream> FetchAsync(PeerAddress peer, WantList wants, CancellationToken cancel) => throw Refuse(peer);

    private static PeerException Refuse(PeerAddress peer) =>
        new(PeerFault.Unreachable, $"{peer.Url} was not asked: this Defms cannot reach other machines yet");
}

using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>A new machine of the owner's asks for the answer to its request, by the digest. It is given once, and only that machine can open it.</summary>
internal sealed class PairingFetch(PairingDesk desk) : IPeerRequest
{
    private const int DigestLength = 32;

    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.PairingPath;

    public string Kind => "pairing";

    public long MaxBody => DigestLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] digest = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        return desk.Take(digest) is { } box ? new Reply(StatusCodes.Status200OK, PeerProtocol.DagCborType, box) : Dispatcher.Unknown;
    }
}

using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>What waits here for the asker: a CAR whose root and first block is the head.</summary>
/// <param name="desk">Finds it.</param>
/// <param name="signed">Who asks.</param>
/// <param name="stopping">Ends long polls when the server stops.</param>
internal sealed class SyncRequests(SyncDesk desk, SignedBody signed, CancellationToken stopping) : IPeerRequest
{
    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.SyncPath;

    public string Kind => "sync";

    public long MaxBody => PeerProtocol.MaxSyncRequestLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] body = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        if (signed.Check(context.Request, Path, body, out SignedRequest asker) is { } refusal)
            return refusal;
        if (!SyncRequest.TryDecode(body, out SyncRequest? request, out string? error))
            return Reply.Refuse(StatusCodes.Status400BadRequest, $"the request {error}");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, stopping);
        try
        {
            (SyncHead head, IEnumerable<Block> blocks) = await desk.AnswerAsync(asker, request, ending.Token);
            return Reply.Of(head.ToBlock().Cid, blocks);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Reply.Refuse(StatusCodes.Status503ServiceUnavailable, "this machine is stopping");
        }
    }
}

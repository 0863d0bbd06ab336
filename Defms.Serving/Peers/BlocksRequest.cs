using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Blocks that the asker lacks: a CAR whose root is the thread, with those that are here.</summary>
internal sealed class BlocksRequest(BlockDesk desk, SignedBody signed) : IPeerRequest
{
    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.BlocksPath;

    public string Kind => "blocks";

    public long MaxBody => PeerProtocol.MaxWantListLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] body = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        if (signed.Check(context.Request, Path, body, out SignedRequest asker) is { } refusal)
            return refusal;
        return WantList.TryDecode(body, out WantList? wants, out string? error)
            ? Reply.Of(wants.Thread, desk.Answer(asker.From, wants))
            : Reply.Refuse(StatusCodes.Status400BadRequest, $"the request {error}");
    }
}

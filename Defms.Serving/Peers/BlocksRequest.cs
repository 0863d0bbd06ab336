using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Blocks that the asker lacks: a CAR whose root is the thread, with those that are here.</summary>
internal sealed class BlocksRequest(BlockDesk desk, SignedBody signed, Turns turns) : IPeerRequest
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
        if (!WantList.TryDecode(body, out WantList? wants, out string? error))
            return Reply.Refuse(StatusCodes.Status400BadRequest, $"the request {error}");
        if (await turns.EnterAsync(asker.From.Identity, cancel) is not { } turn)
            return Reply.Refuse(StatusCodes.Status429TooManyRequests, "blocks are being sent to you already");
        // The answer is read while it is sent, and the request ends behind it.
        context.Response.RegisterForDispose(turn);
        return Reply.Of(wants.Thread, desk.Answer(asker.From, wants));
    }
}

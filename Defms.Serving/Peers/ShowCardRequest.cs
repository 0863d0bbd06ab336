using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Somebody shows his card, or asks which of his is known here. The answer is that, or what an unknown path gets.</summary>
internal sealed class ShowCardRequest(CardDesk desk, SignedBody signed) : IPeerRequest
{
    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.ShowCardPath;

    public string Kind => "show-card";

    public long MaxBody => Card.MaxLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] body = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        if (signed.Check(context.Request, Path, body, out SignedRequest asker) is { } refusal)
            return refusal;
        Card? shown = null;
        if (body.Length > 0 && !Card.TryDecode(body, out shown, out string? error))
            return Reply.Refuse(StatusCodes.Status400BadRequest, $"the card {error}");
        return desk.Answer(asker.From, shown) is { } known ? Reply.Of(Block.Create(Cid.DagCbor, known.Encoded.ToArray())) : Dispatcher.Unknown;
    }
}

using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>A receipt that comes by itself. Answered with nothing when it was taken.</summary>
internal sealed class ReceiptsRequest(ReceiptDesk desk) : IPeerRequest
{
    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.ReceiptsPath;

    public string Kind => "receipts";

    public long MaxBody => PeerProtocol.MaxReceiptLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] body = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        return desk.Take(Block.Create(Cid.DagCbor, body)) switch
        {
            null => Reply.Nothing,
            ReceiptDesk.NotWaiting => Reply.Refuse(StatusCodes.Status410Gone, ReceiptDesk.NotWaiting),
            { } reason => Reply.Refuse(StatusCodes.Status400BadRequest, reason),
        };
    }
}

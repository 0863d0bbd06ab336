using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>A receipt that comes by itself, for the owner or for somebody whose mail is held here. Answered with nothing when it was taken.</summary>
internal sealed class ReceiptsRequest(ReceiptDesk desk, Holding holding) : IPeerRequest
{
    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.ReceiptsPath;

    public string Kind => "receipts";

    public long MaxBody => PeerProtocol.MaxReceiptLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] body = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        Block receipt = Block.Create(Cid.DagCbor, body);
        return desk.Take(receipt) switch
        {
            null => Reply.Nothing,
            ReceiptDesk.ForSomebodyElse => Answer(holding.TakeReceipt(receipt, caller.Network)),
            ReceiptDesk.NotWaiting => Reply.Refuse(StatusCodes.Status410Gone, ReceiptDesk.NotWaiting),
            { } reason => Reply.Refuse(StatusCodes.Status400BadRequest, reason),
        };
    }

    private static Reply Answer(ReceptionResult result) => result.Fault switch
    {
        ReceptionFault.None => Reply.Nothing,
        ReceptionFault.NoRoom => Reply.Refuse(StatusCodes.Status507InsufficientStorage, result.Reason),
        ReceptionFault.NotForHere => Reply.Refuse(StatusCodes.Status403Forbidden, ReceiptDesk.ForSomebodyElse),
        _ => Reply.Refuse(StatusCodes.Status400BadRequest, result.Reason),
    };
}

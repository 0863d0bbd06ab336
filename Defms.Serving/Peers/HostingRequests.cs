using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Somebody registers with this machine as a host, asks how things stand, or leaves.</summary>
internal sealed class HostingRequests(HostingDesk desk, SignedBody signed) : IPeerRequest
{
    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.HostingPath;

    public string Kind => "hosting";

    public long MaxBody => PeerProtocol.MaxHostingRequestLength;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        byte[] body = await WholeBody.ReadAsync(context.Request, MaxBody, cancel);
        if (signed.Check(context.Request, Path, body, out SignedRequest asker) is { } refusal)
            return refusal;
        if (!HostingRequest.TryDecode(body, out HostingRequest? request, out string? error))
            return Reply.Refuse(StatusCodes.Status400BadRequest, $"the request {error}");
        return desk.Answer(asker, request, out string reason) is { } answer
            ? new Reply(StatusCodes.Status200OK, PeerProtocol.DagCborType, answer.Encode())
            : Reply.Refuse(StatusCodes.Status403Forbidden, reason);
    }
}

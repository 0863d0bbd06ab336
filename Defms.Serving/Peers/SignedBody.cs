using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>Lets signed requests in, or says why not.</summary>
internal sealed class SignedBody(RequestGate gate, TimeProvider time)
{
    public Reply? Check(HttpRequest request, string path, byte[] body, out SignedRequest signed)
    {
        GateResult result = gate.Check(request.Headers[SignedRequest.HeaderName], request.Method, path, body);
        signed = result.Request!;
        return result.Fault switch
        {
            GateFault.None => null,
            GateFault.NotForHere => Reply.Refuse(StatusCodes.Status403Forbidden, result.Reason),
            GateFault.Clock => Reply.Refuse(StatusCodes.Status401Unauthorized, result.Reason, time.GetUtcNow().ToUnixTimeMilliseconds()),
            _ => Reply.Refuse(StatusCodes.Status401Unauthorized, result.Reason),
        };
    }
}

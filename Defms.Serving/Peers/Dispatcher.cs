using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Defms.Serving.Peers;

/// <summary>Brings each request to the one who answers it, within limits, and sends the reply. The one place where failures end.</summary>
internal sealed class Dispatcher(IEnumerable<IPeerRequest> requests, Callers callers, RequestLimits limits, RequestTally tally, ILogger log)
{
    /// <summary>Small blocks of an answer go out together.</summary>
    private const int BufferLength = 64 * 1024;

    private const string RetrySeconds = "10";

    private readonly Dictionary<string, IPeerRequest> byPath = requests.ToDictionary(request => request.Path);

    private readonly IPeerRequest[] byPrefix = [.. requests.Where(request => request.Path.EndsWith('/'))];

    public static Reply Unknown { get; } = Reply.Refuse(StatusCodes.Status404NotFound, "there is nothing here by that name");

    public async Task AnswerAsync(HttpContext context)
    {
        Caller caller = callers.Find(context);
        IPeerRequest? request = Find(context.Request.Path.Value ?? "");
        string kind = request?.Kind ?? "unknown";
        if (!limits.TryEnter(caller.Network))
        {
            await SendAsync(context, kind, Reply.Refuse(StatusCodes.Status429TooManyRequests, "too many requests from your network"));
            return;
        }
        bool wasAtFault = false;
        try
        {
            Reply reply = await FindAsync(context, request, caller);
            wasAtFault = reply.Status is >= 400 and < 500;
            if (wasAtFault)
                log.Refused(kind, reply.Status, reply.Reason);
            await SendAsync(context, kind, reply);
        }
        finally
        {
            limits.Leave(caller.Network, wasAtFault);
        }
    }

    private IPeerRequest? Find(string path) =>
        byPath.GetValueOrDefault(path) ?? Array.Find(byPrefix, request => path.StartsWith(request.Path, StringComparison.Ordinal));

    private async Task<Reply> FindAsync(HttpContext context, IPeerRequest? request, Caller caller)
    {
        if (request is null)
            return Unknown;
        if (context.Request.Method != request.Method && !(request.AnswersHead && HttpMethods.IsHead(context.Request.Method)))
            return Reply.Refuse(StatusCodes.Status405MethodNotAllowed, $"ask with {request.Method}");
        try
        {
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = request.MaxBody;
            return await request.AnswerAsync(context, caller, context.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            return Reply.Refuse(e.StatusCode, e.Message);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return Reply.Refuse(StatusCodes.Status408RequestTimeout, "the request took too long to arrive");
        }
        catch (Exception e) when (e is not (OperationCanceledException or IOException))
        {
            log.Failed(request.Kind, e);
            return e is StoreException
                ? Reply.Refuse(StatusCodes.Status503ServiceUnavailable, "this machine cannot store or read anything now")
                : Reply.Refuse(StatusCodes.Status500InternalServerError, "a fault of this machine");
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller went away; nobody reads what is answered.
            return Reply.Nothing;
        }
    }

    private async Task SendAsync(HttpContext context, string kind, Reply reply)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            tally.CountRequest(kind, 0);
            return;
        }
        WriteHead(context.Response, reply);
        int status = reply.Status;
        try
        {
            await WriteBodyAsync(context, reply);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            status = 0;
        }
        catch (DagWalkException e)
        {
            // Part of the answer has gone out: only a broken connection tells that it is not whole.
            log.Refused(kind, reply.Status, e.Message);
            status = 0;
            context.Abort();
        }
        catch (Exception e)
        {
            // Part of the answer has gone out: only a broken connection tells that it is not whole.
            log.Failed(kind, e);
            status = StatusCodes.Status500InternalServerError;
            context.Abort();
        }
        tally.CountRequest(kind, status);
    }

    private static void WriteHead(HttpResponse response, Reply reply)
    {
        response.StatusCode = reply.Status;
        if (reply.ContentType.Length > 0)
            response.ContentType = reply.ContentType;
        foreach ((string name, string value) in reply.Headers)
            response.Headers[name] = value;
        if (reply.Time is { } time)
            response.Headers[PeerProtocol.TimeHeader] = time.ToString();
        if (reply.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = Core.Replication.SignedRequest.HeaderName;
        if (reply.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetrySeconds;
        if (reply.Car is null && HasBody(reply))
            response.ContentLength = reply.Body.Length;
    }

    private static bool HasBody(Reply reply) => reply.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified);

    private async Task WriteBodyAsync(HttpContext context, Reply reply)
    {
        if (!HasBody(reply) || HttpMethods.IsHead(context.Request.Method))
            return;
        if (reply.Car is not { } answer)
        {
            await context.Response.Body.WriteAsync(reply.Body, context.RequestAborted);
            tally.CountSent(reply.Body.Length);
            return;
        }
        var buffer = new BufferedStream(context.Response.Body, BufferLength);
        CarWriter car = await CarWriter.CreateAsync(buffer, [answer.Root], context.RequestAborted);
        foreach (Block block in answer.Blocks)
        {
            await car.WriteAsync(block, context.RequestAborted);
            tally.CountSent(block.Data.Length);
        }
        await buffer.FlushAsync(context.RequestAborted);
    }
}

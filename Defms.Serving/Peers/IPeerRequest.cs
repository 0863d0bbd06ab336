using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>One thing that can be asked of this machine.</summary>
internal interface IPeerRequest
{
    /// <summary>GET or POST.</summary>
    string Method { get; }

    /// <summary>Whether HEAD is answered like GET, without the body.</summary>
    bool AnswersHead => false;

    /// <summary>Where it is asked; one that ends with a slash is asked at every path below.</summary>
    string Path { get; }

    /// <summary>A word for the log and the metrics.</summary>
    string Kind { get; }

    /// <summary>The largest body it reads, in bytes.</summary>
    long MaxBody { get; }

    Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel);
}

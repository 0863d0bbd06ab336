using Microsoft.AspNetCore.Http;

namespace Defms.Serving.Peers;

/// <summary>One thing that can be asked of this machine.</summary>
internal interface IPeerRequest
{
    /// <summary>GET or POST.</summary>
    string Method { get; }

    string Path { get; }

    /// <summary>A word for the log and the metrics.</summary>
    string Kind { get; }

    /// <summary>The largest body it reads, in bytes.</summary>
    long MaxBody { get; }

    Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel);
}

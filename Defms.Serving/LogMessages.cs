using Microsoft.Extensions.Logging;

namespace Defms.Serving;

/// <summary>
/// Every line of the log. Without secrets, subjects or mail addresses; who could not be reached is told at Debug only.
/// </summary>
internal static partial class LogMessages
{
    [LoggerMessage(Level = LogLevel.Information, Message = "took {Messages} messages of an announcement of {Bytes} bytes")]
    public static partial void Took(this ILogger log, int messages, long bytes);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Kind}: {Status}, {Reason}")]
    public static partial void Refused(this ILogger log, string kind, int status, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Kind}: cannot answer")]
    public static partial void Failed(this ILogger log, string kind, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "sent {Sent}, received {Received} messages in {Threads} threads, {Failed} peers failed")]
    public static partial void Replicated(this ILogger log, int sent, int received, int threads, int failed);

    [LoggerMessage(Level = LogLevel.Debug, Message = "peer failed: {Peer}: {Reason}")]
    public static partial void PeerFailed(this ILogger log, string peer, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "replication stopped; it is started again after a pause, and this is logged once until it holds")]
    public static partial void ReplicationFailed(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "replication holds again after {Failures} failures")]
    public static partial void ReplicationHolds(this ILogger log, int failures);

    [LoggerMessage(Level = LogLevel.Information, Message = "moved {Blocks} blocks between this store and the IPFS node")]
    public static partial void NodeMoved(this ILogger log, int blocks);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Blocks} missing blocks came by the IPFS node")]
    public static partial void NodeGave(this ILogger log, int blocks);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void NodeWarning(this ILogger log, string warning);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} Blocks wait here; this is logged once until it answers")]
    public static partial void NodeFailed(this ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the IPFS node does its part again after {Failures} failures")]
    public static partial void NodeAnswers(this ILogger log, int failures);
}

using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Delivery.Queue;

/// <summary>What the log says of mail that leaves: no addresses and no replies, which quote addresses, above Debug.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Id}: {Delivered} delivered, {Delayed} delayed, {Failed} failed")]
    public static partial void Attempted(this ILogger log, string id, int delivered, int delayed, int failed);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Id}: {Remote} said {Reply}")]
    public static partial void Answered(this ILogger log, string id, string? remote, string reply);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Id}: the attempt failed by a fault of this gateway; it is made again after a pause")]
    public static partial void AttemptFailed(this ILogger log, string id, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "the queue of outgoing mail cannot be read; it is read again after a pause")]
    public static partial void QueueFailed(this ILogger log, Exception exception);
}

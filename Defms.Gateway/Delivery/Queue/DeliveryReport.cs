using Defms.Core.Mime;

namespace Defms.Gateway.Delivery.Queue;

/// <summary>What is known of a recipient after an attempt.</summary>
internal enum RecipientState
{
    /// <summary>Handed to the remote server, which said yes.</summary>
    Delivered,

    /// <summary>Not yet; it is tried again.</summary>
    Delayed,

    /// <summary>Given up: refused for good, or expired.</summary>
    Failed,
}

/// <summary>The fate of one recipient, for the report to the author.</summary>
/// <param name="Text">The remote reply verbatim, or our own words.</param>
/// <param name="Status">The enhanced code as text; null where there is none.</param>
/// <param name="IsRemoteReply">True when the remote server said <paramref name="Text"/>.</param>
/// <param name="Remote">The server that was asked last; null where none was.</param>
/// <param name="Encryption">For example "Tls13", with a note where the certificate was not valid; null when it went in the clear or nowhere.</param>
/// <param name="Time">When the attempt ended.</param>
internal sealed record RecipientReport(
    MailAddress Recipient, RecipientState State, string Text, string? Status, bool IsRemoteReply, string? Remote, string? Encryption, DateTimeOffset Time);

/// <summary>What the queue must remember of one recipient after an attempt.</summary>
/// <param name="Attempts">How many there were.</param>
/// <param name="NextAttempt">Null unless <see cref="RecipientReport.State"/> is <see cref="RecipientState.Delayed"/>.</param>
internal sealed record RecipientMark(RecipientReport Report, int Attempts, DateTimeOffset? NextAttempt)
{
    public static RecipientMark Of(QueuedRecipient recipient, RecipientResult result, DateTimeOffset queued, DateTimeOffset now)
    {
        int attempts = recipient.Attempts + 1;
        DateTimeOffset? next = result.Outcome == DeliveryOutcome.Temporary ? RetrySchedule.Next(queued, attempts, now) : null;
        RecipientState state = result.Outcome == DeliveryOutcome.Delivered ? RecipientState.Delivered
            : next is null ? RecipientState.Failed
            : RecipientState.Delayed;
        string? encryption = result.Tls is { IsEncrypted: true } tls ? tls.Protocol + (tls.Problem is { } problem ? $" ({problem})" : "") : null;
        var report = new RecipientReport(
            result.Recipient, state, result.Text, result.Code?.ToString(), result.IsRemoteReply, result.Remote, encryption, now);
        return new RecipientMark(report, attempts, next);
    }
}

namespace Defms.Gateway.Delivery.Queue;

/// <summary>A recipient that waits for an attempt.</summary>
/// <param name="Attempts">How many there were.</param>
internal sealed record QueuedRecipient(MailRecipient Recipient, int Attempts);

/// <summary>A mail in the queue without its octets.</summary>
/// <param name="Recipients">Those whose time has come.</param>
internal sealed record QueuedMail(string Id, DateTimeOffset Queued, IReadOnlyList<QueuedRecipient> Recipients);

/// <summary>
/// The mails that wait to leave, durable and sealed. What goes wrong with the disk is an exception. Called by several at once.
/// </summary>
internal interface IOutgoingQueue
{
    /// <summary>
    /// Mails with recipients whose next attempt is due, the longest due first, those in <paramref name="busy"/> left out. Nothing is marked by
    /// being handed out: after a crash it is due again.
    /// </summary>
    ValueTask<IReadOnlyList<QueuedMail>> TakeDueAsync(DateTimeOffset now, int most, IReadOnlySet<string> busy, CancellationToken cancel);

    /// <summary>The earliest next attempt of all mails outside of <paramref name="busy"/>; null when there is none.</summary>
    ValueTask<DateTimeOffset?> NextDueAsync(IReadOnlySet<string> busy, CancellationToken cancel);

    /// <summary>Opens the octets of a mail; null when it is gone, for example withdrawn by its author.</summary>
    ValueTask<OutgoingMail?> OpenAsync(string id, CancellationToken cancel);

    /// <summary>
    /// Remembers, durably before it returns, what became of these recipients, and queues the report about those whose state has changed for the
    /// author. A mail all of whose recipients are delivered or failed leaves the queue.
    /// </summary>
    ValueTask RecordAsync(string id, IReadOnlyList<RecipientMark> marks, CancellationToken cancel);
}

using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Delivery.Transmission;
using Microsoft.Extensions.Logging;

namespace Defms.Gateway.Delivery.Queue;

/// <summary>The signer for mail that is from somebody, by its From field; null where the domain is not ours to sign for.</summary>
internal delegate MailSigner? MailSignerFor(MailAddress from);

/// <summary>One attempt for one mail at one destination, from the queue and back into it. Safe for several callers at once.</summary>
internal sealed class Attempts(IOutgoingQueue queue, MailCarrier carrier, string ownName, MailSignerFor signers, TimeProvider time, ILogger log)
{
    /// <summary>Tries to deliver and records what became of it.</summary>
    /// <param name="kept">An open session, or null; it belongs to the attempt from here on.</param>
    /// <returns>The session to keep, and why other mails to the destination need not try now.</returns>
    public async Task<(SmtpSession? Session, RecipientResult? Unreachable)> TryAsync(
        Destination destination, QueuedMail mail, SmtpSession? kept, CancellationToken cancel)
    {
        PreparedMail? prepared;
        try
        {
            prepared = await PrepareAsync(mail, cancel);
        }
        catch
        {
            await CloseAsync(kept);
            throw;
        }
        if (prepared is null)
            return (kept, null);
        CarriedMail carried = await carrier.CarryAsync(destination, prepared, [.. mail.Recipients.Select(each => each.Recipient)], kept, cancel);
        try
        {
            await RecordAsync(mail, carried.Results);
        }
        catch
        {
            await CloseAsync(carried.Session);
            throw;
        }
        bool isUnreachable = carried.IsUnreachable && carried.Results[0].Outcome == DeliveryOutcome.Temporary;
        return (carried.Session, isUnreachable ? carried.Results[0] : null);
    }

    /// <summary>Gives a mail the result of another that has just found nobody at its destination.</summary>
    public Task DeferAsync(QueuedMail mail, RecipientResult unreachable) =>
        RecordAsync(mail, [.. mail.Recipients.Select(each => unreachable with { Recipient = each.Recipient.Address })]);

    /// <summary>Logs a fault of our own; the mail stays in the queue as it was.</summary>
    public void Fault(QueuedMail mail, Exception exception) => log.AttemptFailed(mail.Id, exception);

    /// <summary>Null when there is nothing to send; why is then recorded.</summary>
    private async Task<PreparedMail?> PrepareAsync(QueuedMail mail, CancellationToken cancel)
    {
        if (await queue.OpenAsync(mail.Id, cancel) is not { } opened)
            return null;
        PreparedMail? prepared = PreparedMail.Prepare(opened, ownName, time.GetUtcNow(), SignerOf(opened), out MailRefusal? refusal);
        if (refusal is { } why)
        {
            await RecordAsync(
                mail, [.. mail.Recipients.Select(each => RecipientResult.Own(each.Recipient.Address, DeliveryOutcome.Permanent, why.Code, why.Words))]);
        }
        return prepared;
    }

    private MailSigner? SignerOf(OutgoingMail mail) => MailMessage.Parse(mail.Octets).From is [var from, ..] ? signers(from.Address) : null;

    private async Task RecordAsync(QueuedMail mail, IReadOnlyList<RecipientResult> results)
    {
        DateTimeOffset now = time.GetUtcNow();
        RecipientMark[] marks = [.. mail.Recipients.Zip(results, (recipient, result) => RecipientMark.Of(recipient, result, mail.Queued, now))];
        // What a server has taken must be remembered, however late it is.
        await queue.RecordAsync(mail.Id, marks, CancellationToken.None);
        int delivered = marks.Count(each => each.Report.State == RecipientState.Delivered);
        int failed = marks.Count(each => each.Report.State == RecipientState.Failed);
        log.Attempted(mail.Id, delivered, marks.Length - delivered - failed, failed);
        foreach (RecipientMark mark in marks)
            log.Answered(mail.Id, mark.Report.Remote, mark.Report.Text);
    }

    private static ValueTask CloseAsync(SmtpSession? session) => session?.DisposeAsync() ?? default;
}
